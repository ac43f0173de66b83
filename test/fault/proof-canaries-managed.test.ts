import { pom } from '../proof-corpus/ecosystems/managed.js';
import { CASES, tryProjects, type CanaryProject } from '../support/canary-bench.js';

const GRADLE =
  "apply plugin: 'java'\ndependencies { testCompile files('/usr/share/java/junit4.jar', '/usr/share/java/hamcrest-core.jar') }\n";

const PROJECTS: Readonly<Record<string, CanaryProject>> = {
  'JUnit 5 by Maven': {
    needs: ['maven'],
    check: 'mvn -B -o -Dmaven.repo.local=.m2 test',
    stages: CASES,
    places: ['src/test/java/a/ATest.java', 'src/test/java/a/BTest.java'],
    files: {
      'pom.xml': pom(),
      'src/test/java/a/ATest.java': `package a;
import static org.junit.jupiter.api.Assertions.assertTrue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
@DisplayName("a (with) braces {")
class ATest {
  @Test
  @DisplayName("adds (twice)")
  void adds() throws Exception { assertTrue(true); }
  @ParameterizedTest(name = "n = {0}")
  @ValueSource(ints = { 1, 2 })
  void counts(int n) { assertTrue(n > 0); }
  @Nested class Inner { @Test void more() { } }
}
`,
      'src/test/java/a/BTest.java': `package a;
class BTest {
  @org.junit.jupiter.api.Test
  public void b() {
  }
}
`,
    },
  },
  'JUnit 4 by Gradle': {
    needs: ['gradle'],
    check: 'gradle --offline --no-daemon test',
    stages: CASES,
    places: ['src/test/java/ATest.java'],
    files: {
      'build.gradle': GRADLE,
      'src/test/java/ATest.java': `import org.junit.Before;
import org.junit.Test;
public class ATest {
  @Before public void before() { }
  @Test(timeout = 9000) public void one() { org.junit.Assert.assertEquals(1, 1); }
  @Test(expected = IllegalStateException.class)
  public void two() { throw new IllegalStateException(); }
}
`,
    },
  },
  PHPUnit: {
    needs: ['phpunit'],
    check: 'phpunit tests',
    stages: CASES,
    places: ['tests/ATest.php', 'tests/BTest.php'],
    files: {
      'tests/ATest.php': `<?php
declare(strict_types=1);
final class ATest extends PHPUnit\\Framework\\TestCase
{
    /** @dataProvider numbers */
    public function testCounts(int $n, array $more = [1, 2]): void { $this->assertGreaterThan(0, $n); }
    public static function numbers(): array { return [[1], [2]]; }
}
`,
      'tests/BTest.php': `<?php
use PHPUnit\\Framework\\TestCase;
class BTest extends TestCase {
    protected function setUp(): void {}
    /**
     * @test
     */
    public function it_adds()
    {
        self::assertTrue(true);
    }
}
`,
    },
  },
  RSpec: {
    needs: ['rspec'],
    check: 'rspec',
    stages: CASES,
    places: ['spec/a_spec.rb', 'spec/b_spec.rb'],
    files: {
      'spec/a_spec.rb': `RSpec.describe 'a', :slow do
  subject { 1 }
  it { is_expected.to eq(1) }
  context 'inside' do
    specify('more') { expect(2).to be > 1 }
  end
  it 'is longer' do |example|
    expect(example).not_to be_nil
  end
end
`,
      'spec/b_spec.rb':
        "describe Array do\n  it 'is empty' do\n    expect([]).to be_empty\n  end\nend\n",
    },
  },
  minitest: {
    needs: ['ruby'],
    check: `ruby -e "Dir['./test/*_test.rb'].each { |file| require file }"`,
    stages: CASES,
    places: ['test/a_test.rb', 'test/b_test.rb'],
    files: {
      'test/a_test.rb': `require 'minitest/autorun'
class ATest < Minitest::Test
  def setup = @n = 1
  def test_a
    assert_equal 1, @n
  end
end
`,
      'test/b_test.rb':
        "require 'minitest/autorun'\ndescribe 'b' do\n  it('is') { _(1).must_equal 1 }\nend\n",
    },
  },
};

tryProjects(PROJECTS);
