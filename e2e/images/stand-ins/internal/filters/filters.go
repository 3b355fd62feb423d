// Package filters runs the filter plugins that this stand-in has: mutate, json, date and drop.
package filters

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/logging"
	"loggingstack.dev/stand-ins/internal/plugins"
)

// Filter changes an event; it reports whether the filter applied, so that add_tag and the like follow.
type Filter func(*event.Event) bool

// New makes the filter of a checked configuration, or says why it cannot be run.
func New(config *plugins.Config, log *logging.Logger) (Filter, error) {
	inner, err := build(config, log)
	if err != nil {
		return nil, err
	}
	return func(e *event.Event) bool {
		applied := inner(e)
		if applied && !e.Cancelled {
			decorate(config, e, log)
		}
		return applied
	}, nil
}

func build(config *plugins.Config, log *logging.Logger) (Filter, error) {
	switch config.Spec.Name {
	case "mutate":
		return newMutate(config, log)
	case "json":
		return newJSON(config, log), nil
	case "date":
		return newDate(config)
	case "drop":
		percentage := config.Number("percentage", 100)
		return func(e *event.Event) bool {
			e.Cancelled = percentage >= 100 || rand.Float64()*100 < percentage
			return true
		}, nil
	default:
		return nil, fmt.Errorf("filter %s cannot be run by this stand-in", config.Spec.Name)
	}
}

// decorate does what every filter can do after it applied.
func decorate(config *plugins.Config, e *event.Event, log *logging.Logger) {
	for _, name := range slices.Sorted(maps.Keys(config.Hash("add_field"))) {
		reference := e.Sprintf(name)
		value := config.Hash("add_field")[name]
		if text, isText := value.(string); isText {
			value = e.Sprintf(text)
		}
		if present, exists := e.Get(reference); exists {
			value = append(asList(present), value)
		}
		if err := e.Set(reference, value); err != nil {
			log.Warn(err.Error(), logging.Fields{"plugin": config.ID})
		}
	}
	for _, reference := range config.Texts("remove_field") {
		e.Remove(e.Sprintf(reference))
	}
	for _, tag := range config.Texts("add_tag") {
		e.Tag(e.Sprintf(tag))
	}
	for _, tag := range config.Texts("remove_tag") {
		e.Untag(e.Sprintf(tag))
	}
}

func asList(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

func newJSON(config *plugins.Config, log *logging.Logger) Filter {
	source, target := config.Text("source"), config.Text("target")
	onFailure := []string{"_jsonparsefailure"}
	if config.Has("tag_on_failure") {
		onFailure = config.Texts("tag_on_failure")
	}
	quiet := config.Bool("skip_on_invalid_json", false)
	fail := func(e *event.Event, reason string) bool {
		if !quiet {
			for _, tag := range onFailure {
				e.Tag(tag)
			}
			log.Warn("Error parsing json", logging.Fields{"source": source, "exception": reason})
		}
		return false
	}
	return func(e *event.Event) bool {
		raw, found := e.Get(source)
		if !found || raw == nil {
			return false
		}
		text, isText := raw.(string)
		if !isText {
			return fail(e, "the source is no text")
		}
		if text == "" {
			return false
		}
		var parsed any
		if err := event.DecodeJSON([]byte(text), &parsed); err != nil {
			return fail(e, "it is not valid JSON")
		}
		if target != "" {
			if err := e.Set(target, parsed); err != nil {
				return fail(e, err.Error())
			}
			return true
		}
		hash, isHash := parsed.(map[string]any)
		if !isHash {
			return fail(e, "only a JSON object can go to the root of the event")
		}
		mergeIntoRoot(e, hash)
		return true
	}
}

// mergeIntoRoot overwrites fields; a timestamp that cannot be read keeps the event's own and is tagged.
func mergeIntoRoot(e *event.Event, hash map[string]any) {
	for name, value := range hash {
		switch name {
		case "@timestamp":
			parsed, ok := event.ParseTime(value)
			if !ok {
				e.Data["_@timestamp"] = value
				e.Tag("_timestampparsefailure")
				continue
			}
			e.Data[name] = event.FormatTime(parsed)
		case "tags":
			if _, isText := value.(string); !isText && !onlyTexts(value) {
				e.Data["_tags"] = value
				e.Tag("_tagsparsefailure")
				continue
			}
			e.Data[name] = value
		case "@metadata":
			if metadata, ok := value.(map[string]any); ok {
				maps.Copy(e.Metadata, metadata)
			}
		default:
			e.Data[name] = value
		}
	}
}

func onlyTexts(value any) bool {
	list, ok := value.([]any)
	if !ok {
		return false
	}
	return !slices.ContainsFunc(list, func(item any) bool { _, isText := item.(string); return !isText })
}
