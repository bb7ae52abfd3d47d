/// Which steps are taken one after the other, and from where.
struct Schedule: Equatable {
  /// The number of the initial state, from 0.
  var initialState = 0
  var moves: [Move] = []
  /// Whether none of the same length has fewer switches between actors; otherwise that is not known.
  var hasFewestSwitches = true
}
