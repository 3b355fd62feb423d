// Tests of conditions: every operator, and how they bind.
package pipeline

import (
	"testing"
	"time"

	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/settings"
)

// takes compiles `if <condition> { drop {} }` and says whether an event takes the branch.
func takes(t *testing.T, condition string, e *event.Event) bool {
	t.Helper()
	of := settings.New(settings.Version{Text: "9.4.3", Major: 9, Minor: 4})
	source := Source{ID: "main", Settings: of, Text: "filter { if " + condition + " { drop { } } }"}
	tree, err := Compile(source, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
	return tree.Filters[0].Branches[0].Condition(e)
}

func TestConditions(t *testing.T) {
	data := map[string]any{}
	if err := event.DecodeJSON([]byte(`{"a":"x","n":5,"yes":true,"no":false,"nothing":null,"list":["x","y"],"h":{"k":"v"},"text":"error: broken","one":1.0}`), &data); err != nil {
		t.Fatal(err)
	}
	e := event.New(data, time.Now())
	for condition, want := range map[string]bool{
		`[a]`: true, `[b]`: false, `[no]`: false, `[nothing]`: false, `[yes]`: true, `![b]`: true, `![a]`: false, `!([a] and [b])`: true,
		`[h][k]`: true, `[h][z]`: false,
		`[a] == "x"`: true, `[a] == "y"`: false, `[a] != "y"`: true, `[b] != "y"`: true, `[b] == "y"`: false,
		`[n] == 5`: true, `[n] == "5"`: false, `[one] == 1`: true, `[n] > 4`: true, `[n] >= 5`: true, `[n] < 5`: false, `[n] <= 5`: true, `[b] > 1`: false, `[a] > "w"`: true,
		`[yes] == "true"`:   true,
		`[a] in ["x", "z"]`: true, `[a] in ["z", "q"]`: false, `[a] not in ["z", "q"]`: true, `"y" in [list]`: true, `"z" in [list]`: false, `"broken" in [text]`: true, `"k" in [h]`: true, `[b] in ["x", "y"]`: false,
		`[text] =~ /^error/`: true, `[text] !~ /^error/`: false, `[text] =~ "brok"`: true, `[b] =~ /x/`: false, `[b] !~ /x/`: true,
		`[a] and [b]`: false, `[a] or [b]`: true, `[a] xor [yes]`: false, `[a] nand [b]`: true,
		`[a] or [b] and [b]`: true, `([a] or [b]) and [b]`: false, `[b] and [b] or [a]`: true,
	} {
		if got := takes(t, condition, e); got != want {
			t.Errorf("%s: got %v", condition, got)
		}
	}
}

func TestEscapesOnlyWhenAskedFor(t *testing.T) {
	for asked, want := range map[bool]string{false: `a\tb\"c`, true: "a\tb\"c"} {
		of := settings.New(settings.Version{Text: "9.4.3", Major: 9, Minor: 4})
		if err := of.Set("config.support_escapes", asked); err != nil {
			t.Fatal(err)
		}
		tree, err := Compile(Source{ID: "main", Settings: of, Text: `filter { mutate { replace => { "x" => "a\tb\"c" } } }`}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := tree.Filters[0].Plugin.Hash("replace")["x"]; got != want {
			t.Errorf("support_escapes %v: got %q", asked, got)
		}
	}
}

func TestRepeatedHashesAreMerged(t *testing.T) {
	of := settings.New(settings.Version{Text: "9.4.3", Major: 9, Minor: 4})
	tree, err := Compile(Source{ID: "main", Settings: of, Text: `filter { mutate { rename => { "a" => "b" } rename => { "c" => "d" } remove_field => ["x"] remove_field => ["y"] } }`}, nil)
	if err != nil {
		t.Fatal(err)
	}
	plugin := tree.Filters[0].Plugin
	if len(plugin.Hash("rename")) != 2 || len(plugin.Texts("remove_field")) != 2 {
		t.Errorf("got %v", plugin.Values)
	}
}
