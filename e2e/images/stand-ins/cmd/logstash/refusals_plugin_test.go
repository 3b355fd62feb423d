// Wrong elasticsearch outputs.
package main

const (
	outputPage = "plugins-outputs-elasticsearch"
	outputNews = "logstash-output-elasticsearch CHANGELOG 12.0.0"
	keyNews    = "logstash-output-elasticsearch CHANGELOG 12.1.5"
)

const (
	key        = `api_key => "${ES_API_KEY}"`
	esCA       = `ssl_certificate_authorities => ["@ESCA@"]`
	hosts      = `hosts => ["@ES@"]`
	esTLS      = "ssl_enabled => true\n    ssl_certificate_authorities => [\"@ESCA@\"]"
	dataset    = `data_stream_dataset => "kubernetes.container"`
	namespace  = `data_stream_namespace => "default"`
	dataStream = `data_stream => "true"`
)

var pluginRefusals = []refusal{
	{rule: "elasticsearch: ssl is gone in 9", source: outputNews, in: conf, old: esTLS, wrong: "ssl => true\n    " + esCA, right: esTLS, want: "The setting `ssl` in plugin `elasticsearch` is obsolete"},
	{rule: "elasticsearch: cacert is gone in 9", source: outputNews, in: conf, old: esCA, wrong: `cacert => "@ESCA@"`, right: esCA, want: "The setting `cacert` in plugin `elasticsearch` is obsolete"},
	{rule: "elasticsearch: ssl_certificate_verification is gone in 9", source: outputNews, in: conf, old: output, wrong: "ssl_certificate_verification => true", right: `ssl_verification_mode => "full"`, want: "The setting `ssl_certificate_verification` in plugin `elasticsearch` is obsolete"},
	{rule: "elasticsearch: keystore is gone in 9", source: outputNews, in: conf, old: output, wrong: `keystore => "@ESCA@"`, right: "timeout => 60", want: "The setting `keystore` in plugin `elasticsearch` is obsolete"},
	{rule: "elasticsearch: truststore is gone in 9", source: outputNews, in: conf, old: output, wrong: `truststore => "@ESCA@"`, right: "pool_max => 10", want: "The setting `truststore` in plugin `elasticsearch` is obsolete"},
	{rule: "elasticsearch: ssl_verification_mode is full or none", source: outputPage, in: conf, old: output, wrong: `ssl_verification_mode => "certificate"`, right: `ssl_verification_mode => "none"`, want: "Expected one of"},
	{rule: "elasticsearch: options exist", source: outputPage, in: conf, old: output, wrong: `host => "x"`, right: `healthcheck_path => "/"`, want: "Unknown setting 'host' for elasticsearch"},
	{rule: "data streams: no index", source: outputPage, in: conf, old: output, wrong: `index => "logs-%{+YYYY.MM.dd}"`, right: `routing => "x"`, want: `Invalid data stream configuration: ["index"]`},
	{rule: "data streams: no action but create", source: outputPage, in: conf, old: output, wrong: `action => "index"`, right: `action => "create"`, want: `Invalid data stream configuration: ["action"]`},
	{rule: "data streams: no lifecycle policy", source: outputPage, in: conf, old: output, wrong: `ilm_enabled => true`, right: `pipeline => "x"`, want: `Invalid data stream configuration: ["ilm_enabled"]`},
	{rule: "data streams: no rollover alias", source: outputPage, in: conf, old: output, wrong: `ilm_rollover_alias => "x"`, right: `custom_headers => { "x" => "y" }`, want: `Invalid data stream configuration: ["ilm_rollover_alias"]`},
	{rule: "data streams: no template management", source: outputPage, in: conf, old: output, wrong: "manage_template => true", right: "manage_template => false", want: `Invalid data stream configuration: ["manage_template"]`},
	{rule: "data streams: no template name", source: outputPage, in: conf, old: output, wrong: `template_name => "x"`, right: `data_stream_sync_fields => true`, want: `Invalid data stream configuration: ["template_name"]`},
	{rule: "data streams need ECS (setting)", source: outputPage, in: yml, old: "pipeline.ecs_compatibility: v8", wrong: "pipeline.ecs_compatibility: disabled", right: "pipeline.ecs_compatibility: v8", want: "`ecs_compatibility` must not be `disabled`"},
	{rule: "data streams need ECS (option)", source: outputPage, in: conf, old: output, wrong: `ecs_compatibility => "disabled"`, right: `ecs_compatibility => "v8"`, want: "`ecs_compatibility` must not be `disabled`"},
	{rule: "data stream settings need data streams", source: outputPage, in: conf, old: dataStream, wrong: `data_stream => "false"`, right: dataStream, want: "data stream settings must not be present when data streams are disabled"},
	{rule: "data_stream is true, false or auto", source: outputPage, in: conf, old: dataStream, wrong: `data_stream => "yes"`, right: `data_stream => "auto"`, want: "Expected one of"},
	{rule: "data_stream_type is a known one", source: outputPage, in: conf, old: `data_stream_type => "logs"`, wrong: `data_stream_type => "log"`, right: `data_stream_type => "metrics"`, want: "Expected one of"},
	{rule: "data_stream_dataset has no colon", source: outputPage, in: conf, old: dataset, wrong: `data_stream_dataset => "a:b"`, right: `data_stream_dataset => "a.b"`, want: "Invalid characters detected"},
	{rule: "data_stream_namespace is at most 100 bytes", source: outputPage, in: conf, old: namespace, wrong: `data_stream_namespace => "` + hundred + `x"`, right: `data_stream_namespace => "` + hundred + `"`, want: "Invalid identifier - too long (101 bytes)"},
	{rule: "an API key needs TLS", source: outputPage, in: conf, old: hosts + "\n    " + esTLS, wrong: `hosts => ["http://127.0.0.1:9200"]`, right: hosts + "\n    " + esTLS, want: "Using api_key authentication requires SSL/TLS secured communication"},
	{rule: "an API key has id and key", source: keyNews, in: conf, old: key, wrong: `api_key => "only-a-key"`, right: `api_key => "id:key"`, want: "Invalid api_key format"},
	{rule: "one way to authenticate", source: outputPage, in: conf, old: output, wrong: `user => "elastic" password => "x"`, right: `id => "only-the-key"`, want: "Multiple authentication options are specified"},
	{rule: "the authority's file exists", source: outputPage, in: conf, old: esCA, wrong: `ssl_certificate_authorities => ["@ESCA@.nothing"]`, right: esCA, want: "File does not exist or cannot be opened"},
	{rule: "one file of authorities", source: outputPage, in: conf, old: esCA, wrong: `ssl_certificate_authorities => ["@ESCA@", "@BEATCA@"]`, right: esCA, want: `Multiple values on "ssl_certificate_authorities" are not supported`},
	{rule: "hosts agree with ssl_enabled", source: outputPage, in: conf, old: hosts, wrong: `hosts => ["http://127.0.0.1:9200"]`, right: hosts, want: "Explicit value for 'scheme' was declared"},
	{rule: "a client certificate needs its key", source: outputPage, in: conf, old: output, wrong: `ssl_certificate => "@SERVER@.crt"`, right: `ssl_certificate => "@SERVER@.crt" ssl_key => "@SERVER@.key"`, want: `requires an "ssl_key"`},
	{rule: "actions are known", source: outputPage, in: conf, old: dataBlock, wrong: `action => "insert"`, right: `action => "create"`, want: "Action 'insert' is invalid"},
	{rule: "dlq_custom_codes need the dead letter queue", source: outputPage, in: conf, old: output, wrong: "dlq_custom_codes => [413]", right: "compression_level => 1", want: "DLQ feature (dlq_custom_codes) is configured while DLQ is not enabled"},
	{rule: "compression_level is 0 to 9", source: outputPage, in: conf, old: output, wrong: "compression_level => 10", right: "compression_level => 9", want: "Expected one of"},
	{rule: "drop_error_types needs plugin 12.1", source: "logstash-output-elasticsearch CHANGELOG 12.1.0", in: conf, old: output, wrong: `drop_error_types => ["x"]`, right: `silence_errors_in_log => ["x"]`, want: "Unknown setting 'drop_error_types'", version: "8.19.8"},
}

const hundred = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

const dataBlock = dataStream + "\n    data_stream_type => \"logs\"\n    " + dataset + "\n    " + namespace
