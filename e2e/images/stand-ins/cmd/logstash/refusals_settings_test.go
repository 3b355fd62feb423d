// Wrong logstash.yml and pipelines.yml.
package main

const (
	settingsFile = "logstash-settings-file"
	breaking9    = "Logstash release notes, breaking changes 9.0"
	multiple     = "multiple-pipelines"
	persistent   = "persistent-queues"
	envVariables = "environment-variables"
)

var settingsRefusals = []refusal{
	{rule: "unknown setting in logstash.yml", source: settingsFile, in: yml, old: more, wrong: "queue.maxevents: 10", right: "queue.max_events: 10", want: `Setting "queue.maxevents" doesn't exist`},
	{rule: "http.host is gone in 9", source: breaking9, in: yml, old: "api.http.host: 127.0.0.1", wrong: "http.host: 127.0.0.1", right: "api.http.host: 127.0.0.1", want: `Setting "http.host" doesn't exist`},
	{rule: "http.port is gone in 9", source: breaking9, in: yml, old: "api.http.port: @API@", wrong: "http.port: 9600", right: "api.http.port: 9600", want: `Setting "http.port" doesn't exist`},
	{rule: "modules are gone in 9", source: breaking9, in: yml, old: more, wrong: "modules: []", right: "node.name: x", want: `Setting "modules" doesn't exist`},
	{rule: "event_api.tags.illegal is gone in 9", source: breaking9, in: yml, old: more, wrong: "event_api.tags.illegal: warn", right: "pipeline.buffer.type: heap", want: `Setting "event_api.tags.illegal" doesn't exist`},
	{rule: "no superuser in 9", source: breaking9, in: yml, old: "allow_superuser: true", wrong: "allow_superuser: false", right: "allow_superuser: true", want: "Logstash cannot be run as superuser."},
	{rule: "queue.compression needs 9.2", source: persistent, in: yml, old: more, wrong: "queue.compression: speed", right: "queue.drain: true", want: `Setting "queue.compression" doesn't exist`, version: "8.19.8"},
	{rule: "ssl.reload.automatic needs 9.5", source: settingsFile, in: yml, old: more, wrong: "ssl.reload.automatic: true", right: "config.debug: false", want: `Setting "ssl.reload.automatic" doesn't exist`},
	{rule: "queue.type is memory or persisted", source: settingsFile, in: yml, old: "queue.type: persisted", wrong: "queue.type: persistent", right: "queue.type: memory", want: `Invalid value "queue.type: persistent"`},
	{rule: "sizes have Logstash's units", source: settingsFile, in: yml, old: "queue.max_bytes: 64mb", wrong: "queue.max_bytes: 4Gi", right: "queue.max_bytes: 4gb", want: "Could not coerce '4Gi' into a bytes value"},
	{rule: "queue.page_capacity fits queue.max_bytes", source: persistent, in: yml, old: "queue.page_capacity: 1mb", wrong: "queue.page_capacity: 65mb", right: "queue.page_capacity: 64mb", want: "'queue.page_capacity' must be less than or equal to 'queue.max_bytes'"},
	{rule: "queue.drain is a boolean", source: settingsFile, in: yml, old: more, wrong: "queue.drain: sometimes", right: "queue.drain: false", want: "Cannot coerce `sometimes` to boolean"},
	{rule: "log.level is a known level", source: settingsFile, in: yml, old: more, wrong: "log.level: verbose", right: "log.level: debug", want: `Invalid value "log.level: verbose"`},
	{rule: "log.format is json or plain", source: settingsFile, in: yml, old: "log.format: json", wrong: "log.format: ecs", right: "log.format: plain", want: `Invalid value "log.format: ecs"`},
	{rule: "pipeline.workers is above 0", source: settingsFile, in: yml, old: more, wrong: "pipeline.workers: 0", right: "pipeline.workers: 1", want: "Number must be bigger than 0"},
	{rule: "pipeline.batch.size is a number", source: settingsFile, in: yml, old: more, wrong: "pipeline.batch.size: many", right: `pipeline.batch.size: "250"`, want: "Failed to coerce value"},
	{rule: "pipeline.ordered needs one worker", source: settingsFile, in: yml, old: more, wrong: "pipeline.ordered: true\npipeline.workers: 2", right: "pipeline.ordered: true\npipeline.workers: 1", want: "requires the use of a single pipeline worker"},
	{rule: "pipeline.ecs_compatibility is disabled, v1 or v8", source: settingsFile, in: yml, old: "pipeline.ecs_compatibility: v8", wrong: "pipeline.ecs_compatibility: v9", right: "pipeline.ecs_compatibility: v1", want: "pipeline.ecs_compatibility: v9"},
	{rule: "config.reload.interval has a unit", source: settingsFile, in: yml, old: "config.reload.interval: 200ms", wrong: "config.reload.interval: 3", right: "config.reload.interval: 3s", want: "value is not a string"},
	{rule: "dead_letter_queue.storage_policy is a known one", source: "dead-letter-queues", in: yml, old: more, wrong: "dead_letter_queue.storage_policy: drop_oldest", right: "dead_letter_queue.storage_policy: drop_older", want: "dead_letter_queue.storage_policy: drop_oldest"},
	{rule: "dead_letter_queue.max_bytes has Logstash's units", source: "dead-letter-queues", in: yml, old: more, wrong: "dead_letter_queue.max_bytes: 1G", right: "dead_letter_queue.max_bytes: 1g", want: "Could not coerce '1G'"},
	{rule: "api.http.port is a port", source: settingsFile, in: yml, old: "api.http.port: @API@", wrong: "api.http.port: 96000", right: "api.http.port: 9600-9700", want: "valid options are within the range of 1-65535"},
	{rule: "api.auth.type basic needs a password", source: settingsFile, in: yml, old: more, wrong: "api.auth.type: basic\napi.auth.basic.username: u", right: "api.auth.type: basic\napi.auth.basic.username: u\napi.auth.basic.password: Passw0rd", want: "Setting `api.auth.basic.password` is required"},
	{rule: "API passwords keep the policy", source: settingsFile, in: yml, old: more, wrong: "api.auth.type: basic\napi.auth.basic.username: u\napi.auth.basic.password: password1\napi.auth.basic.password_policy.mode: ERROR", right: "api.auth.type: basic\napi.auth.basic.username: u\napi.auth.basic.password: password1\napi.auth.basic.password_policy.mode: WARN", want: "must contain at least one upper case"},
	{rule: "api.ssl.enabled needs a keystore", source: settingsFile, in: yml, old: more, wrong: "api.ssl.enabled: true", right: "api.ssl.enabled: false", want: "Setting `api.ssl.keystore.path` is required"},
	{rule: "the API's keystore needs a password", source: settingsFile, in: yml, old: more, wrong: "api.ssl.enabled: true\napi.ssl.keystore.path: @KEYSTORE@", right: "api.ssl.enabled: true\napi.ssl.keystore.path: @KEYSTORE@\napi.ssl.keystore.password: very-secret-keystore", want: "Setting `api.ssl.keystore.password` is required"},
	{rule: "the API's keystore opens by its password", source: settingsFile, in: yml, old: more, wrong: "api.ssl.enabled: true\napi.ssl.keystore.path: @KEYSTORE@\napi.ssl.keystore.password: another", right: "api.ssl.enabled: true\napi.ssl.keystore.path: @KEYSTORE@\napi.ssl.keystore.password: very-secret-keystore", want: "API Keystore could not be opened"},
	{rule: "the API's keystore is no PEM", source: settingsFile, in: yml, old: more, wrong: "api.ssl.enabled: true\napi.ssl.keystore.path: @SERVER@.crt\napi.ssl.keystore.password: very-secret-keystore", right: "api.ssl.enabled: true\napi.ssl.keystore.path: @KEYSTORE@\napi.ssl.keystore.password: very-secret-keystore", want: "API Keystore could not be opened"},
	{rule: "path.data is writable", source: settingsFile, in: yml, old: "path.data: @FOLDER@/data", wrong: "path.data: /proc/nothing", right: "path.data: @FOLDER@/other", want: "/proc/nothing"},
	{rule: "node.name is a text", source: settingsFile, in: yml, old: more, wrong: "node.name: 5", right: `node.name: "5"`, want: `Setting "node.name" must be a String`},
	{rule: "variables in logstash.yml are set", source: envVariables, in: yml, old: more, wrong: "node.name: ${NODE_NAME}", right: "node.name: ${NODE_NAME:fallback}", want: "Replacement variable `NODE_NAME` is not defined"},
	{rule: "logstash.yml is YAML", source: settingsFile, in: yml, old: more, wrong: "node.name: [", right: "node: {name: x}", want: "Failed to parse YAML file"},

	{rule: "pipelines.yml is a list", source: multiple, in: pipelines, old: pipelinesYML, wrong: "pipeline.id: main\n", right: pipelinesYML, want: "must contain an array of pipeline configs"},
	{rule: "pipelines.yml is not empty", source: multiple, in: pipelines, old: pipelinesYML, wrong: "# nothing\n", right: pipelinesYML, want: "Pipelines YAML file is empty"},
	{rule: "pipeline ids are unique", source: multiple, in: pipelines, old: pipelinesYML, wrong: pipelinesYML + pipelinesYML, right: pipelinesYML, want: "duplicate pipeline ids"},
	{rule: "pipelines.yml has pipeline settings only", source: multiple, in: pipelines, old: "- pipeline.id: main\n", wrong: "- pipeline.id: main\n  api.http.port: 9600\n", right: "- pipeline.id: main\n  queue.drain: true\n", want: `Only pipeline related settings are expected. Received "api.http.port"`},
	{rule: "values in pipelines.yml are checked", source: multiple, in: pipelines, old: "- pipeline.id: main\n", wrong: "- pipeline.id: main\n  queue.max_bytes: 1Gi\n", right: "- pipeline.id: main\n  queue.max_bytes: 1gb\n", want: "Could not coerce '1Gi'"},
	{rule: "path.config names files that exist", source: multiple, in: pipelines, old: "*.conf", wrong: "*.config", right: "*.conf", want: "No config files found"},
}
