// What the real input makes of a Beats event before it goes into the queue.
package beats

import (
	"maps"
	"slices"
	"time"

	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/plugins"
)

type transform struct {
	codec      string
	original   bool
	tagged     bool
	tags       []string
	fields     map[string]any
	typeOfLine string
}

func newTransform(config *plugins.Config, ecsCompatibility string) (transform, error) {
	made := transform{tags: config.Texts("tags"), fields: config.Hash("add_field"), typeOfLine: config.Text("type")}
	var err error
	if made.codec, err = codecOf(config); err != nil {
		return made, err
	}
	enrich := config.Texts("enrich")
	if config.Has("include_codec_tag") && config.Has("enrich") {
		return made, refuse("both `enrich` and (deprecated) `include_codec_tag` were provided; use only `enrich`")
	}
	if len(enrich) > 1 && (slices.Contains(enrich, "all") || slices.Contains(enrich, "none")) {
		return made, refuse("when an alias is provided to `enrich`, it must be the only value given (got: %q)", enrich)
	}
	codecMetadata := !config.Has("enrich") || slices.Contains(enrich, "codec_metadata") || slices.Contains(enrich, "all")
	made.tagged = config.Bool("include_codec_tag", codecMetadata)
	ecs := config.TextOr("ecs_compatibility", ecsCompatibility) != "disabled"
	made.original = ecs && (codecMetadata || config.Has("codec"))
	return made, nil
}

// event turns the object that a Beat sent into an event. In ECS mode the codec keeps the line in event.original too.
func (t transform) event(data map[string]any, now time.Time) *event.Event {
	raw, isLine := data["message"]
	if !isLine || raw == nil {
		made := event.New(data, now)
		t.decorate(made, "beats_input_raw_event")
		return made
	}
	delete(data, "message")
	line := event.Text(raw)
	made := t.decode(line, now)
	for name, value := range event.New(data, now).Data {
		if name == "@version" {
			continue
		}
		if name == "@timestamp" && data["@timestamp"] == nil {
			continue
		}
		present, isHash := made.Data[name].(map[string]any)
		added, addedIsHash := value.(map[string]any)
		if isHash && addedIsHash {
			maps.Copy(present, added)
			continue
		}
		made.Data[name] = value
	}
	t.decorate(made, "beats_input_codec_"+t.codec+"_applied")
	return made
}

func (t transform) decode(line string, now time.Time) *event.Event {
	fields := map[string]any{"message": line}
	failed := false
	if t.codec == "json" {
		parsed := map[string]any{}
		failed = event.DecodeJSON([]byte(line), &parsed) != nil
		if !failed {
			fields = parsed
		}
	}
	made := event.New(fields, now)
	if failed {
		made.Tag("_jsonparsefailure")
	}
	if _, given := made.Get("[event][original]"); t.original && !given {
		// A scalar `event` in the line leaves no place for it; the real codec logs and goes on as well.
		_ = made.Set("[event][original]", line)
	}
	return made
}

func (t transform) decorate(made *event.Event, codecTag string) {
	for name, value := range t.fields {
		text, isText := value.(string)
		if isText {
			value = made.Sprintf(text)
		}
		// A field below a scalar cannot be made; the real input logs and goes on.
		_ = made.Set(name, value)
	}
	if _, given := made.Data["type"]; !given && t.typeOfLine != "" {
		made.Data["type"] = t.typeOfLine
	}
	for _, tag := range t.tags {
		made.Tag(tag)
	}
	if t.tagged {
		made.Tag(codecTag)
	}
}
