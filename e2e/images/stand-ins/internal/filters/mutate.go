// The mutate filter ("Mutate filter plugin"): its operations always run in the documented order.
package filters

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/logging"
	"loggingstack.dev/stand-ins/internal/plugins"
)

var convertTypes = []string{"string", "integer", "float", "boolean", "integer_eu", "float_eu"}

type substitution struct {
	field       string
	pattern     *regexp.Regexp
	replacement string
}

type mutation struct {
	config        *plugins.Config
	substitutions []substitution
}

func newMutate(config *plugins.Config, log *logging.Logger) (Filter, error) {
	mutation := &mutation{config: config}
	for field, wanted := range config.Hash("convert") {
		if !slices.Contains(convertTypes, event.Text(wanted)) {
			return nil, &plugins.Failure{Message: fmt.Sprintf("Invalid conversion type for field '%s': type '%v' is not one of %v", field, wanted, convertTypes)}
		}
	}
	parts := config.Texts("gsub")
	if len(parts)%3 != 0 {
		return nil, &plugins.Failure{Message: fmt.Sprintf("Invalid gsub configuration %q. gsub requires 3 non-empty elements per config entry", parts)}
	}
	for i := 0; i < len(parts); i += 3 {
		pattern, err := regexp.Compile(parts[i+1])
		if err != nil {
			return nil, &plugins.Failure{Message: fmt.Sprintf("gsub pattern %q is not valid, or this stand-in cannot run it: %v", parts[i+1], err)}
		}
		replacement := groupReference.ReplaceAllString(strings.ReplaceAll(parts[i+2], "$", "$$"), "$${$1}")
		mutation.substitutions = append(mutation.substitutions, substitution{parts[i], pattern, replacement})
	}
	onFailure := config.TextOr("tag_on_failure", "_mutate_error")
	return func(e *event.Event) bool {
		if err := mutation.apply(e); err != nil {
			log.Warn("Exception caught while applying mutate filter", logging.Fields{"exception": err.Error()})
			e.Tag(onFailure)
			return false
		}
		return true
	}, nil
}

var groupReference = regexp.MustCompile(`\\(\d)`)

// apply runs coerce, rename, update, replace, convert, gsub, uppercase, capitalize, lowercase, strip, split, join, merge, copy.
func (m *mutation) apply(e *event.Event) error {
	steps := []func(*event.Event) error{m.coerce, m.rename, m.update, m.replace, m.convert, m.gsub,
		m.eachText("uppercase", strings.ToUpper), m.eachText("capitalize", capitalize), m.eachText("lowercase", strings.ToLower),
		m.eachText("strip", strings.TrimSpace), m.split, m.join, m.merge, m.copy}
	for _, step := range steps {
		if err := step(e); err != nil {
			return err
		}
	}
	return nil
}

// pairs walks a hash option in a stable order.
func (m *mutation) pairs(option string, each func(key string, value any) error) error {
	hash := m.config.Hash(option)
	for _, key := range slices.Sorted(maps.Keys(hash)) {
		if err := each(key, hash[key]); err != nil {
			return fmt.Errorf("%s of %s: %w", option, key, err)
		}
	}
	return nil
}

func (m *mutation) coerce(e *event.Event) error {
	return m.pairs("coerce", func(field string, fallback any) error {
		if value, exists := e.Get(field); exists && value == nil {
			return e.Set(field, e.Sprintf(event.Text(fallback)))
		}
		return nil
	})
}

func (m *mutation) rename(e *event.Event) error {
	return m.pairs("rename", func(from string, to any) error {
		from = e.Sprintf(from)
		value, exists := e.Get(from)
		if !exists {
			return nil
		}
		e.Remove(from)
		return e.Set(e.Sprintf(event.Text(to)), value)
	})
}

func (m *mutation) update(e *event.Event) error {
	return m.pairs("update", func(field string, value any) error {
		if _, exists := e.Get(field); !exists {
			return nil
		}
		return e.Set(field, m.textOf(e, value))
	})
}

func (m *mutation) replace(e *event.Event) error {
	return m.pairs("replace", func(field string, value any) error { return e.Set(field, m.textOf(e, value)) })
}

func (m *mutation) textOf(e *event.Event, value any) any {
	if text, isText := value.(string); isText {
		return e.Sprintf(text)
	}
	return value
}

func (m *mutation) convert(e *event.Event) error {
	return m.pairs("convert", func(field string, wanted any) error {
		value, exists := e.Get(field)
		if !exists || value == nil {
			return nil
		}
		if list, isList := value.([]any); isList {
			for i := range list {
				converted, err := convertOne(list[i], event.Text(wanted))
				if err != nil {
					return err
				}
				list[i] = converted
			}
			return e.Set(field, list)
		}
		converted, err := convertOne(value, event.Text(wanted))
		if err != nil {
			return err
		}
		return e.Set(field, converted)
	})
}

func (m *mutation) gsub(e *event.Event) error {
	for _, substitution := range m.substitutions {
		value, _ := e.Get(substitution.field)
		replaced := onTexts(value, func(text string) string {
			return substitution.pattern.ReplaceAllString(text, e.Sprintf(substitution.replacement))
		})
		if replaced == nil {
			continue
		}
		if err := e.Set(substitution.field, replaced); err != nil {
			return err
		}
	}
	return nil
}

// onTexts changes a text or every text of a list; it gives nothing for other values.
func onTexts(value any, change func(string) string) any {
	switch typed := value.(type) {
	case string:
		return change(typed)
	case []any:
		for i, item := range typed {
			if text, isText := item.(string); isText {
				typed[i] = change(text)
			}
		}
		return typed
	}
	return nil
}

func (m *mutation) eachText(option string, change func(string) string) func(*event.Event) error {
	return func(e *event.Event) error {
		for _, field := range m.config.Texts(option) {
			value, _ := e.Get(field)
			if changed := onTexts(value, change); changed != nil {
				if err := e.Set(field, changed); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func capitalize(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return strings.ToUpper(text[:size]) + strings.ToLower(text[size:])
}

func (m *mutation) split(e *event.Event) error {
	return m.pairs("split", func(field string, separator any) error {
		value, _ := e.Get(field)
		text, isText := value.(string)
		if !isText {
			return nil
		}
		list := []any{}
		for _, part := range strings.Split(text, event.Text(separator)) {
			list = append(list, part)
		}
		return e.Set(field, list)
	})
}

func (m *mutation) join(e *event.Event) error {
	return m.pairs("join", func(field string, separator any) error {
		value, _ := e.Get(field)
		list, isList := value.([]any)
		if !isList {
			return nil
		}
		parts := []string{}
		for _, item := range list {
			parts = append(parts, event.Text(item))
		}
		return e.Set(field, strings.Join(parts, event.Text(separator)))
	})
}

func (m *mutation) merge(e *event.Event) error {
	return m.pairs("merge", func(into string, from any) error {
		for _, name := range asList(from) {
			added, exists := e.Get(event.Text(name))
			if !exists {
				continue
			}
			present, _ := e.Get(into)
			first, firstIsHash := present.(map[string]any)
			second, secondIsHash := added.(map[string]any)
			switch {
			case firstIsHash && secondIsHash:
				maps.Copy(first, second)
			case firstIsHash != secondIsHash && present != nil:
				return fmt.Errorf("a hash and a non-hash cannot be merged")
			case present == nil:
				return e.Set(into, added)
			default:
				if err := e.Set(into, append(asList(present), asList(added)...)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (m *mutation) copy(e *event.Event) error {
	return m.pairs("copy", func(from string, to any) error {
		value, exists := e.Get(from)
		if !exists {
			return nil
		}
		for _, target := range asList(to) {
			if err := e.Set(event.Text(target), deepCopy(value)); err != nil {
				return err
			}
		}
		return nil
	})
}

func deepCopy(value any) any {
	switch typed := value.(type) {
	case map[string]any:
		copied := map[string]any{}
		for key, item := range typed {
			copied[key] = deepCopy(item)
		}
		return copied
	case []any:
		copied := make([]any, len(typed))
		for i, item := range typed {
			copied[i] = deepCopy(item)
		}
		return copied
	default:
		return value
	}
}
