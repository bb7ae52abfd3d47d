#include "CCacheLine.h"
