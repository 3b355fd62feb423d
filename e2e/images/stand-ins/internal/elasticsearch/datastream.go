// Data streams: which options go with them, and which stream an event goes to ("Elasticsearch output plugin", data streams).
package elasticsearch

import (
	"fmt"
	"regexp"
	"strings"

	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/logging"
	"loggingstack.dev/stand-ins/internal/plugins"
)

func (o *Output) checkTarget() error {
	ecs := o.config.TextOr("ecs_compatibility", o.context.ECSCompatibility)
	invalid := o.notForDataStreams()
	switch o.config.TextOr("data_stream", "auto") {
	case "true":
		if len(invalid) > 0 {
			return &plugins.Failure{Message: fmt.Sprintf("Invalid data stream configuration: %q", invalid),
				Details: []string{fmt.Sprintf("Invalid data stream configuration, the following parameters are not supported: %q", invalid)}}
		}
		if ecs == "disabled" {
			return &plugins.Failure{Message: "Invalid data stream configuration: `ecs_compatibility => disabled`",
				Details: []string{"Invalid data stream configuration; `ecs_compatibility` must not be `disabled`."}}
		}
		o.dataStream = true
	case "auto":
		o.dataStream = ecs != "disabled" && len(invalid) == 0
		o.log.Info(fmt.Sprintf("Data streams auto configuration (`data_stream => auto` or unset) resolved to `%v`", o.dataStream), nil)
	}
	if !o.dataStream {
		for _, name := range sortedKeys(o.config.Values) {
			if strings.HasPrefix(name, "data_stream_") {
				return refuse("Ambiguous configuration; data stream settings must not be present when data streams are disabled: [%q]", name)
			}
		}
		o.index = o.config.TextOr("index", map[bool]string{true: "logstash-%{+yyyy.MM.dd}", false: "ecs-logstash-%{+yyyy.MM.dd}"}[ecs == "disabled"])
		return nil
	}
	o.streamType = o.config.TextOr("data_stream_type", "logs")
	o.dataset = o.config.TextOr("data_stream_dataset", "generic")
	o.namespace = o.config.TextOr("data_stream_namespace", "default")
	o.index = o.streamType + "-" + o.dataset + "-" + o.namespace
	return nil
}

// notForDataStreams lists the given options that data streams do not allow.
func (o *Output) notForDataStreams() []string {
	connection := plugins.ConnectionOptions(o.context.Major)
	invalid := []string{}
	for _, name := range sortedKeys(o.config.Values) {
		_, isConnection := connection[name]
		switch {
		case name == "action":
			if o.config.Text(name) == "create" {
				continue
			}
		case name == "manage_template":
			if !o.config.Bool(name, true) {
				continue
			}
		case name == "data_stream":
			if o.config.Text(name) != "false" {
				continue
			}
		case name == "routing", name == "pipeline", name == "document_id", strings.HasPrefix(name, "data_stream_"), isConnection, plugins.BaseOutputOption(name):
			continue
		}
		invalid = append(invalid, name)
	}
	return invalid
}

// action is one line pair of a bulk request with the event that it came from.
type action struct {
	event    *event.Event
	verb     string
	metadata map[string]any
	document map[string]any
}

var placeholderLeft = regexp.MustCompile(`%\{.*?\}`)

// actionOf makes the create (or index) action of an event. It fails where the index name has a field that the event lacks.
func (o *Output) actionOf(e *event.Event) (action, error) {
	made := action{event: e, verb: "index", metadata: map[string]any{}, document: e.Data}
	index := e.Sprintf(o.index)
	if o.dataStream {
		made.verb = "create"
		index = o.streamOf(e)
		o.syncFields(made.document)
	} else if o.config.Text("action") == "create" {
		made.verb = "create"
	}
	if placeholderLeft.MatchString(index) && o.config.Bool("dlq_on_failed_indexname_interpolation", true) {
		return made, fmt.Errorf("Badly formatted index, after interpolation still contains placeholder: [%s]", index)
	}
	made.metadata["_index"] = index
	if id := o.config.Text("document_id"); id != "" {
		made.metadata["_id"] = e.Sprintf(id)
	}
	if routing := o.config.Text("routing"); routing != "" {
		made.metadata["routing"] = e.Sprintf(routing)
	}
	pipeline := o.config.Text("pipeline")
	if target, found := e.Get("[@metadata][target_ingest_pipeline]"); found && pipeline == "" {
		pipeline = event.Text(target)
	}
	if pipeline = e.Sprintf(pipeline); pipeline != "" {
		made.metadata["pipeline"] = pipeline
	}
	return made, nil
}

// streamOf follows the event's own data_stream fields unless data_stream_auto_routing is off.
func (o *Output) streamOf(e *event.Event) string {
	fields, isHash := e.Data["data_stream"].(map[string]any)
	if !isHash || !o.config.Bool("data_stream_auto_routing", true) {
		return o.index
	}
	part := func(name, fallback string) string {
		if value, given := fields[name]; given && value != nil && value != false {
			return event.Text(value)
		}
		return fallback
	}
	return part("type", o.streamType) + "-" + part("dataset", o.dataset) + "-" + part("namespace", o.namespace)
}

// syncFields writes type, dataset and namespace into the document, as the plugin does by default.
func (o *Output) syncFields(document map[string]any) {
	if !o.config.Bool("data_stream_sync_fields", true) {
		return
	}
	fields, isHash := document["data_stream"].(map[string]any)
	if !isHash {
		if document["data_stream"] != nil {
			o.log.Warn("Invalid 'data_stream' field type, due fields sync will overwrite", nil)
		}
		fields = map[string]any{}
		document["data_stream"] = fields
	}
	routed := o.config.Bool("data_stream_auto_routing", true)
	for name, value := range map[string]string{"type": o.streamType, "dataset": o.dataset, "namespace": o.namespace} {
		present, given := fields[name]
		if given && present != value && !routed {
			o.log.Warn("Some data_stream fields are out of sync, these will be updated to reflect data-stream name", logging.Fields{"field": name})
		}
		if !given || present == nil || !routed {
			fields[name] = value
		}
	}
}
