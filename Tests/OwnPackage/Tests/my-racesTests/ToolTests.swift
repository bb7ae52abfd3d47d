import Testing
import my_races

@Test("every variant has the verdict that it states")
func gate() {
  #expect(tool.run(["gate"]) == .asItShouldBe)
}
