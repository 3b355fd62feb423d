// Which texts of a filter's options are field references, and the name of a codec.
package pipeline

import (
	"regexp"
	"slices"

	"github.com/breml/logstash-config/ast"

	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/plugins"
)

// keyed are the options whose keys are field references.
var keyed = []string{"rename", "update", "replace", "coerce", "convert", "split", "join", "merge", "copy", "add_field"}

// listed are the options whose items are field references.
var listed = []string{"remove_field", "uppercase", "lowercase", "capitalize", "strip"}

func referencesIn(spec plugins.Spec, option string, value any) []string {
	references := []string{}
	switch {
	case slices.Contains(keyed, option):
		hash, _ := value.(map[string]any)
		for key := range hash {
			references = append(references, key)
		}
	case slices.Contains(listed, option):
		list, _ := value.([]any)
		for _, item := range list {
			references = append(references, event.Text(item))
		}
	case spec.Name == "json" && option == "source", spec.Name == "date" && option == "target":
		references = append(references, event.Text(value))
	}
	// A name with %{...} is known only when an event comes.
	return slices.DeleteFunc(references, func(reference string) bool { return dynamic.MatchString(reference) })
}

var dynamic = regexp.MustCompile(`%\{[^}]+\}`)

// Codec is the value of a codec option: a name and, where braces were given, whether there were options.
type Codec struct {
	Name       string
	HasOptions bool
}

var pluginName = regexp.MustCompile(`=>\s*([A-Za-z0-9_-]+)`)

func codecName(attribute ast.PluginAttribute) Codec {
	text := attribute.String()
	found := pluginName.FindAllStringSubmatch(text, 2)
	if len(found) == 0 {
		return Codec{}
	}
	return Codec{Name: found[0][1], HasOptions: len(found) > 1}
}
