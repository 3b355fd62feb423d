// Which plugins there are. Names that the official distribution has but that cannot run here are told apart from typos.
package plugins

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

var bundled = map[string]string{
	"input":  "azure_event_hubs beats couchdb_changes dead_letter_queue elastic_agent elastic_serverless_forwarder elasticsearch exec file ganglia gelf generator graphite heartbeat http http_poller jdbc jms kafka logstash pipe pipeline rabbitmq redis s3 snmp snmptrap sqs stdin syslog tcp twitter udp unix",
	"filter": "aggregate anonymize cidr clone csv date de_dot dissect dns drop elastic_integration elasticsearch fingerprint geoip grok http jdbc_static jdbc_streaming json kv memcached metrics mutate prune ruby sleep split syslog_pri throttle translate truncate urldecode useragent uuid xml",
	"output": "cloudwatch csv elasticsearch email file graphite http kafka logstash lumberjack nagios null pipe pipeline rabbitmq redis s3 sns sqs stdout tcp udp webhdfs",
	"codec":  "avro cef collectd dots edn edn_lines es_bulk fluent graphite json json_lines line msgpack multiline netflow plain rubydebug",
}

// Find gives the plugin of a type and name for a major version.
func Find(pluginType, name string, major int) (Spec, error) {
	if options, ok := implemented(pluginType, name, major); ok {
		return Spec{Type: pluginType, Name: name, Options: options}, nil
	}
	if slices.Contains(strings.Fields(bundled[pluginType]), name) {
		return Spec{}, &Failure{Message: fmt.Sprintf("The %s plugin '%s' is part of Logstash, but this stand-in cannot run it.", pluginType, name)}
	}
	return Spec{}, &Failure{Message: fmt.Sprintf("Couldn't find any %s plugin named '%s'. Are you sure this is correct? Trying to load the %s %s plugin resulted in this error: Unable to load the requested plugin named %s of type %s. The plugin is not installed.", pluginType, name, name, pluginType, name, pluginType)}
}

// CodecKnown says whether Logstash has a codec of that name.
func CodecKnown(name string) bool { return slices.Contains(strings.Fields(bundled["codec"]), name) }

func implemented(pluginType, name string, major int) (map[string]Option, bool) {
	switch pluginType + " " + name {
	case "input beats":
		return with(inputOptions(), beatsOptions(major)), true
	case "filter mutate":
		return with(filterOptions(), mutateOptions()), true
	case "filter json":
		return with(filterOptions(), jsonOptions()), true
	case "filter date":
		return with(filterOptions(), dateOptions()), true
	case "filter drop":
		return with(filterOptions(), map[string]Option{"percentage": {Kind: Number}}), true
	case "output elasticsearch":
		return with(outputOptions(), elasticsearchOptions(major)), true
	case "output stdout", "output null":
		return outputOptions(), true
	}
	return nil, false
}

func with(base, more map[string]Option) map[string]Option {
	maps.Copy(base, more)
	return base
}

func pluginOptions() map[string]Option {
	return map[string]Option{"id": {Kind: Text}, "enable_metric": {Kind: Boolean}, "ecs_compatibility": {Values: []string{"disabled", "v1", "v8"}}}
}

func inputOptions() map[string]Option {
	return with(pluginOptions(), map[string]Option{"type": {Kind: Text}, "tags": {Kind: Array}, "add_field": {Kind: Hash}, "codec": {Kind: Codec}})
}

func filterOptions() map[string]Option {
	return with(pluginOptions(), map[string]Option{"add_tag": {Kind: Array}, "remove_tag": {Kind: Array}, "add_field": {Kind: Hash},
		"remove_field": {Kind: Array}, "periodic_flush": {Kind: Boolean}})
}

func outputOptions() map[string]Option {
	return with(pluginOptions(), map[string]Option{"codec": {Kind: Codec}, "workers": {Kind: Any}})
}

func mutateOptions() map[string]Option {
	options := map[string]Option{"tag_on_failure": {Kind: Text}}
	for _, name := range []string{"rename", "update", "replace", "coerce", "convert", "split", "join", "merge", "copy"} {
		options[name] = Option{Kind: Hash}
	}
	for _, name := range []string{"gsub", "uppercase", "lowercase", "capitalize", "strip"} {
		options[name] = Option{Kind: Array}
	}
	return options
}

func jsonOptions() map[string]Option {
	return map[string]Option{"source": {Kind: Text, Required: true}, "target": {Kind: Reference}, "tag_on_failure": {Kind: Array}, "skip_on_invalid_json": {Kind: Boolean}}
}

func dateOptions() map[string]Option {
	return map[string]Option{"match": {Kind: Array}, "target": {Kind: Text}, "timezone": {Kind: Text}, "locale": {Kind: Text},
		"tag_on_failure": {Kind: Array}, "precision": {Values: []string{"ms", "ns"}}}
}
