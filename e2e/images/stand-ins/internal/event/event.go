// Package event is what flows through a pipeline: fields, metadata, field references and %{...} texts.
package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Event is one log event. Metadata is what [@metadata] refers to; outputs never send it.
type Event struct {
	Data      map[string]any
	Metadata  map[string]any
	Cancelled bool
}

const (
	timestampField = "@timestamp"
	versionField   = "@version"
	tagsField      = "tags"
	metadataField  = "@metadata"
	timeLayout     = "2006-01-02T15:04:05.000Z"
)

// New makes an event of fields with what every event has: @timestamp, @version and tags that are a list.
func New(data map[string]any, now time.Time) *Event {
	event := &Event{Data: data, Metadata: map[string]any{}}
	if metadata, ok := data[metadataField].(map[string]any); ok {
		event.Metadata = metadata
	}
	delete(data, metadataField)
	if raw, given := data[timestampField]; given {
		if parsed, ok := ParseTime(raw); ok {
			data[timestampField] = FormatTime(parsed)
		} else {
			data["_@timestamp"] = raw
			data[timestampField] = FormatTime(now)
			event.Tag("_timestampparsefailure")
		}
	} else {
		data[timestampField] = FormatTime(now)
	}
	if _, given := data[versionField]; !given {
		data[versionField] = "1"
	}
	event.renameIllegalTags()
	return event
}

// renameIllegalTags keeps `tags` a text or a list of texts (release notes of Logstash 8.7, event_api.tags.illegal).
func (e *Event) renameIllegalTags() {
	switch tags := e.Data[tagsField].(type) {
	case nil, string:
		return
	case []any:
		for _, tag := range tags {
			if _, isText := tag.(string); !isText {
				e.Data["_tags"] = tags
				e.Data[tagsField] = []any{"_tagsparsefailure"}
				return
			}
		}
	default:
		e.Data["_tags"] = tags
		e.Data[tagsField] = []any{"_tagsparsefailure"}
	}
}

// ParseTime reads a timestamp as ISO 8601 text.
func ParseTime(raw any) (time.Time, bool) {
	text, ok := raw.(string)
	if !ok {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999"} {
		if parsed, err := time.Parse(layout, text); err == nil {
			return parsed.UTC(), true
		}
	}
	return time.Time{}, false
}

// FormatTime writes a timestamp as Logstash does: milliseconds at least, all digits when there are more.
func FormatTime(at time.Time) string {
	at = at.UTC()
	if at.Nanosecond()%int(time.Millisecond) == 0 {
		return at.Format(timeLayout)
	}
	return at.Format("2006-01-02T15:04:05.999999999Z")
}

// Timestamp gives the event's time.
func (e *Event) Timestamp() time.Time {
	parsed, _ := ParseTime(e.Data[timestampField])
	return parsed
}

// Tag adds a tag once.
func (e *Event) Tag(tag string) {
	switch tags := e.Data[tagsField].(type) {
	case nil:
		e.Data[tagsField] = []any{tag}
	case string:
		if tags != tag {
			e.Data[tagsField] = []any{tags, tag}
		}
	case []any:
		for _, present := range tags {
			if present == tag {
				return
			}
		}
		e.Data[tagsField] = append(tags, tag)
	}
}

// Untag removes a tag.
func (e *Event) Untag(tag string) {
	tags, ok := e.Data[tagsField].([]any)
	if !ok {
		return
	}
	kept := []any{}
	for _, present := range tags {
		if present != tag {
			kept = append(kept, present)
		}
	}
	e.Data[tagsField] = kept
}

// path splits a field reference: "message", "[a][b]", "[@metadata][c]".
func path(reference string) []string {
	if !strings.HasPrefix(reference, "[") {
		return []string{reference}
	}
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(reference, "["), "]"), "][")
}

// ValidReference says whether text is a field reference; brackets inside names are none.
func ValidReference(text string) bool {
	if text == "" {
		return false
	}
	if !strings.ContainsAny(text, "[]") {
		return true
	}
	if !strings.HasPrefix(text, "[") || !strings.HasSuffix(text, "]") {
		return false
	}
	for _, name := range path(text) {
		if name == "" || strings.ContainsAny(name, "[]") {
			return false
		}
	}
	return true
}

func (e *Event) root(names []string) (map[string]any, []string) {
	if names[0] == metadataField {
		return e.Metadata, names[1:]
	}
	return e.Data, names
}

// Get gives the value at a field reference, and whether there is one.
func (e *Event) Get(reference string) (any, bool) {
	tree, names := e.root(path(reference))
	if len(names) == 0 {
		return tree, true
	}
	var current any = tree
	for _, name := range names {
		switch node := current.(type) {
		case map[string]any:
			value, ok := node[name]
			if !ok {
				return nil, false
			}
			current = value
		case []any:
			index, err := strconv.Atoi(name)
			if err != nil || index >= len(node) || index < -len(node) {
				return nil, false
			}
			if index < 0 {
				index += len(node)
			}
			current = node[index]
		default:
			return nil, false
		}
	}
	return current, true
}

// Set stores a value at a field reference and makes the maps on the way. A scalar on the way is an error.
func (e *Event) Set(reference string, value any) error {
	tree, names := e.root(path(reference))
	if len(names) == 0 {
		return fmt.Errorf("[@metadata] itself cannot be set")
	}
	for _, name := range names[:len(names)-1] {
		next, exists := tree[name]
		if !exists || next == nil {
			child := map[string]any{}
			tree[name] = child
			tree = child
			continue
		}
		child, ok := next.(map[string]any)
		if !ok {
			return fmt.Errorf("Could not set field '%s' on object '%v' to value '%v'. This is probably due to trying to set a field like [foo][bar] = someValue when [foo] is not either a map or a string", names[len(names)-1], next, value)
		}
		tree = child
	}
	tree[names[len(names)-1]] = value
	return nil
}

// Remove takes the field away and gives what it was.
func (e *Event) Remove(reference string) (any, bool) {
	tree, names := e.root(path(reference))
	if len(names) == 0 {
		return nil, false
	}
	for _, name := range names[:len(names)-1] {
		child, ok := tree[name].(map[string]any)
		if !ok {
			return nil, false
		}
		tree = child
	}
	last := names[len(names)-1]
	value, ok := tree[last]
	delete(tree, last)
	return value, ok
}

type stored struct {
	Data     map[string]any `json:"d"`
	Metadata map[string]any `json:"m,omitempty"`
}

// Encode writes the event for the queue, metadata included.
func (e *Event) Encode() ([]byte, error) {
	return json.Marshal(stored{Data: e.Data, Metadata: e.Metadata})
}

// Decode reads what Encode wrote. Numbers keep their digits.
func Decode(encoded []byte) (*Event, error) {
	var read stored
	if err := DecodeJSON(encoded, &read); err != nil {
		return nil, fmt.Errorf("an event in the queue cannot be read: %w", err)
	}
	if read.Metadata == nil {
		read.Metadata = map[string]any{}
	}
	return &Event{Data: read.Data, Metadata: read.Metadata}, nil
}

// DecodeJSON is json.Unmarshal that keeps the digits of numbers.
func DecodeJSON(encoded []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if decoder.More() {
		return fmt.Errorf("there is text after the JSON value")
	}
	return nil
}
