// Options of the beats input: 7.x with Logstash 9, 6.x with 8.19. Sources: "Beats input plugin" and its CHANGELOG (7.0.0, 6.6.0).
package plugins

func beatsOptions(major int) map[string]Option {
	options := map[string]Option{
		"host":                        {Kind: Text},
		"port":                        {Kind: Number, Required: true},
		"ssl_enabled":                 {Kind: Boolean},
		"ssl_certificate":             {Kind: Path},
		"ssl_key":                     {Kind: Path},
		"ssl_key_passphrase":          {Kind: Password},
		"ssl_certificate_authorities": {Kind: Array},
		"ssl_client_authentication":   {Values: []string{"none", "optional", "required"}},
		"ssl_handshake_timeout":       {Kind: Number},
		"ssl_cipher_suites":           {Values: CipherSuiteNames(), List: true},
		"ssl_supported_protocols":     {Values: []string{"TLSv1.1", "TLSv1.2", "TLSv1.3"}, List: true},
		"client_inactivity_timeout":   {Kind: Number},
		"executor_threads":            {Kind: Number},
		"event_loop_threads":          {Kind: Number},
		"include_codec_tag":           {Kind: Boolean, Deprecated: "use `enrich` option to configure which enrichments to perform"},
		"add_hostname":                {Kind: Boolean, Deprecated: "This option will be removed in the future as beats determine the event schema"},
		"enrich":                      {Values: []string{"source_metadata", "codec_metadata", "ssl_peer_metadata", "none", "all"}, List: true},
	}
	for old, now := range map[string]Option{
		"ssl":               {Kind: Boolean, Deprecated: "Use 'ssl_enabled' instead."},
		"ssl_peer_metadata": {Kind: Boolean, Deprecated: "Use 'enrich' instead."},
		"ssl_verify_mode":   {Values: []string{"none", "peer", "force_peer"}, Deprecated: "Use 'ssl_client_authentication' instead."},
		"cipher_suites":     {Values: CipherSuiteNames(), List: true, Deprecated: "Use 'ssl_cipher_suites' instead."},
		"tls_min_version":   {Kind: Number, Deprecated: "Use 'ssl_supported_protocols' instead."},
		"tls_max_version":   {Kind: Number, Deprecated: "Use 'ssl_supported_protocols' instead."},
	} {
		options[old] = retire(now, major)
	}
	return options
}

// retire makes a deprecated option an obsolete one from Logstash 9 on.
func retire(option Option, major int) Option {
	if major >= 9 {
		return Option{Kind: Any, Obsolete: option.Deprecated}
	}
	return option
}
