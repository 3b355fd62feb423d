// Wrong pipelines: the language, filters, the beats input.
package main

const (
	language    = "configuration-file-structure"
	conditional = "event-dependent-configuration"
	pluginPage  = "working-with-plugins"
	beatsPage   = "plugins-inputs-beats"
	beatsNews   = "logstash-input-beats CHANGELOG 7.0.0"
	mutatePage  = "plugins-filters-mutate"
	jsonPage    = "plugins-filters-json"
	datePage    = "plugins-filters-date"
)

const (
	sslEnabled = "ssl_enabled => true\n    ssl_certificate =>"
	clientAuth = `ssl_client_authentication => "required"`
	beatsCAs   = `ssl_certificate_authorities => ["@BEATCA@"]`
	serverKey  = `ssl_key => "@SERVER@.key"`
	serverCert = `ssl_certificate => "@SERVER@.crt"`
)

var pipelineRefusals = []refusal{
	{rule: "braces are closed", source: language, in: conf, old: filter, wrong: "mutate {", right: "mutate { }", want: "Expected one of"},
	{rule: "values follow an arrow", source: language, in: conf, old: filter, wrong: `mutate { lowercase = ["a"] }`, right: `mutate { lowercase => ["a"] }`, want: "Expected one of"},
	{rule: "sections are input, filter, output", source: language, in: conf, old: "filter {", wrong: "filters {", right: "filter {", want: "Expected one of"},
	{rule: "conditions compare with two equal signs", source: conditional, in: conf, old: filter, wrong: `if [a] = "x" { drop { } }`, right: `if [a] == "x" { drop { } }`, want: "Expected one of"},
	{rule: "regular expressions are valid", source: conditional, in: conf, old: filter, wrong: `if [a] =~ /(/ { drop { } }`, right: `if [a] =~ /x/ { drop { } }`, want: "regular expression"},
	{rule: "plugins exist", source: pluginPage, in: conf, old: filter, wrong: "mutated { }", right: "mutate { }", want: "Couldn't find any filter plugin named 'mutated'"},
	{rule: "plugin ids are unique", source: pluginPage, in: conf, old: filter, wrong: `drop { id => "a" } drop { id => "a" }`, right: `drop { id => "a" } drop { id => "b" }`, want: "Two plugins have the id 'a'"},
	{rule: "options exist", source: mutatePage, in: conf, old: filter, wrong: `mutate { remove => ["a"] }`, right: `mutate { remove_field => ["a"] }`, want: "Unknown setting 'remove' for mutate"},
	{rule: "hashes have no key twice", source: language, in: conf, old: filter, wrong: `mutate { rename => { "a" => "b" "a" => "c" } }`, right: `mutate { rename => { "a" => "b" "d" => "c" } }`, want: "Duplicate keys found in your configuration"},
	{rule: "variables in pipelines are set", source: envVariables, in: conf, old: filter, wrong: `mutate { replace => { "a" => "${NOWHERE}" } }`, right: `mutate { replace => { "a" => "${NOWHERE:x}" } }`, want: "Replacement variable `NOWHERE` is not defined"},
	{rule: "the API key's variable is set", source: envVariables, in: conf, old: filter, wrong: "", right: "", want: "Replacement variable `ES_API_KEY` is not defined", unset: "ES_API_KEY"},
	{rule: "field references have closed brackets", source: "field-references-deepdive", in: conf, old: filter, wrong: `mutate { remove_field => ["[event]original"] }`, right: `mutate { remove_field => ["[event][original]"] }`, want: "Invalid FieldReference"},
	{rule: "convert has known types", source: mutatePage, in: conf, old: filter, wrong: `mutate { convert => { "a" => "int" } }`, right: `mutate { convert => { "a" => "integer" } }`, want: "Invalid conversion type"},
	{rule: "gsub has three items each", source: mutatePage, in: conf, old: filter, wrong: `mutate { gsub => ["a", "b"] }`, right: `mutate { gsub => ["a", "b", "c"] }`, want: "gsub requires 3"},
	{rule: "json has a source", source: jsonPage, in: conf, old: filter, wrong: `json { target => "a" }`, right: `json { source => "message" target => "a" }`, want: "Missing a required setting for the json filter plugin"},
	{rule: "date has a field and a format", source: datePage, in: conf, old: filter, wrong: `date { match => ["time"] }`, right: `date { match => ["time", "ISO8601"] }`, want: "The match setting should contains first a field name"},
	{rule: "date formats are known", source: datePage, in: conf, old: filter, wrong: `date { match => ["time", "yyyy-MM-ddTHH:mm"] }`, right: `date { match => ["time", "yyyy-MM-dd'T'HH:mm"] }`, want: "Illegal pattern component"},

	{rule: "beats has a port", source: beatsPage, in: conf, old: "port => @PORT@", wrong: "", right: "port => 5044", want: "Missing a required setting for the beats input plugin"},
	{rule: "beats port is a number", source: beatsPage, in: conf, old: "port => @PORT@", wrong: `port => "beats"`, right: `port => "5044"`, want: "This setting must be a number"},
	{rule: "beats: ssl is gone in 9", source: beatsNews, in: conf, old: sslEnabled, wrong: "ssl => true\n    ssl_certificate =>", right: sslEnabled, want: "The setting `ssl` in plugin `beats` is obsolete"},
	{rule: "beats: ssl_verify_mode is gone in 9", source: beatsNews, in: conf, old: clientAuth, wrong: `ssl_verify_mode => "force_peer"`, right: clientAuth, want: "The setting `ssl_verify_mode` in plugin `beats` is obsolete"},
	{rule: "beats: cipher_suites is gone in 9", source: beatsNews, in: conf, old: clientAuth, wrong: clientAuth + ` cipher_suites => ["TLS_AES_128_GCM_SHA256"]`, right: clientAuth + ` ssl_cipher_suites => ["TLS_AES_128_GCM_SHA256"]`, want: "The setting `cipher_suites` in plugin `beats` is obsolete"},
	{rule: "beats: tls_min_version is gone in 9", source: beatsNews, in: conf, old: clientAuth, wrong: clientAuth + " tls_min_version => 1.2", right: clientAuth + ` ssl_supported_protocols => ["TLSv1.2"]`, want: "The setting `tls_min_version` in plugin `beats` is obsolete"},
	{rule: "beats: ssl_peer_metadata is gone in 9", source: beatsNews, in: conf, old: clientAuth, wrong: clientAuth + " ssl_peer_metadata => true", right: clientAuth + ` enrich => ["ssl_peer_metadata"]`, want: "The setting `ssl_peer_metadata` in plugin `beats` is obsolete"},
	{rule: "beats: the certificate exists", source: beatsPage, in: conf, old: serverCert, wrong: `ssl_certificate => "@SERVER@.nothing"`, right: serverCert, want: "File does not exist or cannot be opened"},
	{rule: "beats: TLS needs a key", source: beatsPage, in: conf, old: serverKey, wrong: "", right: serverKey, want: "ssl_key => is a required setting when ssl_enabled => true is configured"},
	{rule: "beats: the key is PKCS#8", source: beatsPage, in: conf, old: serverKey, wrong: `ssl_key => "${OLD_KEY}"`, right: serverKey, want: "File does not contain valid private key"},
	{rule: "beats: certificate and key belong together", source: beatsPage, in: conf, old: serverCert, wrong: `ssl_certificate => "@BEATCA@"`, right: serverCert, want: "cannot be used together"},
	{rule: "beats: required client authentication needs authorities", source: beatsPage, in: conf, old: beatsCAs, wrong: "", right: beatsCAs, want: "ssl_certificate_authorities => is a required setting when `ssl_client_authentication => 'required'`"},
	{rule: "beats: authorities need client authentication", source: beatsPage, in: conf, old: clientAuth, wrong: `ssl_client_authentication => "none"`, right: `ssl_client_authentication => "optional"`, want: "requires ssl_client_authentication => to be configured with 'optional' or 'required'"},
	{rule: "beats: ssl_client_authentication is a known word", source: beatsPage, in: conf, old: clientAuth, wrong: `ssl_client_authentication => "require"`, right: clientAuth, want: "Expected one of"},
	{rule: "beats: TLS 1.0 is not supported", source: beatsPage, in: conf, old: clientAuth, wrong: clientAuth + ` ssl_supported_protocols => ["TLSv1"]`, right: clientAuth + ` ssl_supported_protocols => ["TLSv1.3"]`, want: "Expected one of"},
	{rule: "beats: no multiline codec", source: beatsPage, in: conf, old: clientAuth, wrong: clientAuth + ` codec => multiline { }`, right: clientAuth + ` codec => plain { }`, want: "Multiline codec with beats input is not supported"},
	{rule: "beats: enrich all stands alone", source: beatsPage, in: conf, old: clientAuth, wrong: clientAuth + ` enrich => ["all", "codec_metadata"]`, right: clientAuth + ` enrich => ["source_metadata"]`, want: "it must be the only value given"},
}
