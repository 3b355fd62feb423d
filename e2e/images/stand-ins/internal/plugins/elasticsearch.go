// Options of the elasticsearch output: 12.x with Logstash 9, 11.x with 8.19. Sources: "Elasticsearch output plugin" and its
// CHANGELOG (12.0.0, 11.14.0).
package plugins

import "crypto/tls"

// ConnectionOptions are those that data streams allow besides data_stream_*.
func ConnectionOptions(major int) map[string]Option {
	options := map[string]Option{
		"user": {Kind: Text}, "password": {Kind: Password}, "api_key": {Kind: Password}, "cloud_auth": {Kind: Password}, "cloud_id": {Kind: Text},
		"path": {Kind: Text}, "bulk_path": {Kind: Text}, "parameters": {Kind: Hash}, "hosts": {Kind: URI, List: true},
		"ssl_enabled": {Kind: Boolean}, "ssl_verification_mode": {Values: []string{"full", "none"}},
		"ssl_certificate_authorities": {Kind: Path, List: true}, "ca_trusted_fingerprint": {Kind: Text, List: true},
		"ssl_truststore_path": {Kind: Path}, "ssl_truststore_type": {Values: []string{"pkcs12", "jks"}}, "ssl_truststore_password": {Kind: Password},
		"ssl_keystore_path": {Kind: Path}, "ssl_keystore_type": {Values: []string{"pkcs12", "jks"}}, "ssl_keystore_password": {Kind: Password},
		"ssl_supported_protocols": {Values: []string{"TLSv1.1", "TLSv1.2", "TLSv1.3"}, List: true},
		"ssl_certificate":         {Kind: Path}, "ssl_key": {Kind: Path}, "ssl_cipher_suites": {Kind: Text, List: true},
		"sniffing": {Kind: Boolean}, "sniffing_delay": {Kind: Number}, "sniffing_path": {Kind: Text}, "proxy": {Kind: Text},
		"timeout": {Kind: Number}, "failure_type_logging_whitelist": {Kind: Array}, "silence_errors_in_log": {Kind: Array},
		"pool_max": {Kind: Number}, "pool_max_per_route": {Kind: Number}, "healthcheck_path": {Kind: Text}, "resurrect_delay": {Kind: Number},
		"validate_after_inactivity": {Kind: Number}, "http_compression": {Kind: Boolean, Deprecated: "Set 'compression_level' instead."},
		"compression_level": {Values: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}}, "custom_headers": {Kind: Hash},
		"retry_initial_interval": {Kind: Number}, "retry_max_interval": {Kind: Number}, "dlq_custom_codes": {Kind: Number, List: true},
		"dlq_on_failed_indexname_interpolation": {Kind: Boolean},
	}
	for old, now := range map[string]Option{
		"ssl":                          {Kind: Boolean, Deprecated: "Set 'ssl_enabled' instead."},
		"ssl_certificate_verification": {Kind: Boolean, Deprecated: "Set 'ssl_verification_mode' instead."},
		"cacert":                       {Kind: Path, Deprecated: "Set 'ssl_certificate_authorities' instead."},
		"truststore":                   {Kind: Path, Deprecated: "Set 'ssl_truststore_path' instead."},
		"keystore":                     {Kind: Path, Deprecated: "Set 'ssl_keystore_path' instead."},
		"truststore_password":          {Kind: Password, Deprecated: "Use 'ssl_truststore_password' instead."},
		"keystore_password":            {Kind: Password, Deprecated: "Set 'ssl_keystore_password' instead."},
	} {
		options[old] = retire(now, major)
	}
	if major >= 9 {
		options["drop_error_types"] = Option{Kind: Text, List: true}
	}
	return options
}

func elasticsearchOptions(major int) map[string]Option {
	return with(ConnectionOptions(major), map[string]Option{
		"action": {Kind: Text}, "index": {Kind: Text}, "document_id": {Kind: Text}, "document_type": {Kind: Text, Deprecated: "Document types were deprecated in Elasticsearch 7.0, and no longer configurable since 8.0. You should avoid this feature."},
		"manage_template": {Kind: Boolean}, "template_name": {Kind: Text}, "template": {Kind: Path}, "template_overwrite": {Kind: Boolean},
		"template_api": {Values: []string{"auto", "legacy", "composable"}}, "version": {Kind: Text},
		"version_type": {Values: []string{"internal", "external", "external_gt", "external_gte", "force"}},
		"routing":      {Kind: Text}, "parent": {Kind: Text}, "join_field": {Kind: Text}, "upsert": {Kind: Text}, "doc_as_upsert": {Kind: Boolean},
		"script": {Kind: Text}, "script_type": {Values: []string{"inline", "indexed", "file"}}, "script_lang": {Kind: Text},
		"script_var_name": {Kind: Text}, "scripted_upsert": {Kind: Boolean}, "retry_on_conflict": {Kind: Number}, "pipeline": {Kind: Text},
		"ilm_enabled": {Values: []string{"true", "false", "auto"}}, "ilm_rollover_alias": {Kind: Text}, "ilm_pattern": {Kind: Text}, "ilm_policy": {Kind: Text},
		"data_stream": {Values: []string{"true", "false", "auto"}}, "data_stream_type": {Values: []string{"logs", "metrics", "synthetics", "traces"}},
		"data_stream_dataset": {Kind: DataStreamName}, "data_stream_namespace": {Kind: DataStreamName},
		"data_stream_sync_fields": {Kind: Boolean}, "data_stream_auto_routing": {Kind: Boolean},
	})
}

// BaseOutputOption says whether every output has the option.
func BaseOutputOption(name string) bool {
	_, ok := outputOptions()[name]
	return ok
}

// CipherSuiteNames are the names that Java and Go share.
func CipherSuiteNames() []string {
	names := []string{}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		names = append(names, suite.Name)
	}
	return names
}
