// The settings that Kibana knows. Sources: the pages of the Kibana configuration reference ("General settings", "Security
// settings", "Reporting settings", ...) and the breaking changes of 9.0.
package kibana

import "strings"

type schema map[string]kind

func (s schema) add(k kind, names ...string) {
	for _, name := range names {
		s[name] = k
	}
}

// namespaces are known to exist, but their keys are not checked one by one; the README lists them.
var namespaces = []string{
	"console.", "csp.", "data.", "data_views.", "discover.", "enterpriseSearch.", "execution_context.", "home.", "interactiveSetup.", "map.",
	"newsfeed.", "notifications.", "permissionsPolicy.", "plugins.", "pricing.", "search.", "share.", "telemetry.", "uiSettings.", "unifiedSearch.",
	"usageCollection.", "vis_type_", "visTypeTimeseries.", "feature_flags.", "elastic.apm.", "monitoring.ui.", "monitoring.cluster_alerts.",
	"monitoring.kibana.", "xpack.actions.", "xpack.alerting.", "xpack.apm.", "xpack.banners.", "xpack.canvas.", "xpack.cases.", "xpack.cloud.",
	"xpack.fleet.", "xpack.graph.", "xpack.ilm.", "xpack.index_management.", "xpack.infra.", "xpack.ingest_pipelines.", "xpack.license_management.",
	"xpack.maps.", "xpack.ml.", "xpack.observability.", "xpack.profiling.", "xpack.remote_clusters.", "xpack.rollup.", "xpack.screenshotting.",
	"xpack.securitySolution.", "xpack.snapshot_restore.", "xpack.stack_connectors.", "xpack.task_manager.", "xpack.trigger_actions_ui.",
	"xpack.upgrade_assistant.", "xpack.uptime.", "xpack.watcher.", "xpack.searchable_snapshots.", "xpack.spaces.", "xpack.eventLog.",
	// Values that are records or lists of objects.
	"elasticsearch.customHeaders.", "server.customResponseHeaders.", "logging.appenders.", "logging.loggers", "logging.browser.",
	"xpack.security.authc.", "xpack.security.sessionCleanup.", "xpack.reporting.",
}

// removedInNine are settings that 8.19 still takes (breaking changes of 9.0, "Removed deprecated Alerting settings").
var removedInNine = []string{
	"xpack.actions.whitelistedHosts", "xpack.actions.rejectUnauthorized", "xpack.actions.proxyRejectUnauthorizedCertificates",
	"xpack.alerts.healthCheck.interval", "xpack.alerts.invalidateApiKeysTask.interval", "xpack.alerts.invalidateApiKeysTask.removalDelay",
	"xpack.alerting.defaultRuleTaskTimeout",
}

// removedBefore are settings of older versions inside namespaces that still exist.
var removedBefore = []string{"xpack.spaces.enabled", "xpack.ml.enabled", "xpack.apm.ui.enabled", "xpack.task_manager.index", "console.enabled", "newsfeed.defaultLanguage"}

func newSchema(major int) schema {
	s := schema{}
	s.server(major)
	s.elasticsearch()
	s.security()
	s.reporting()
	s.add(boolean, "status.allowAnonymous", "execution_context.enabled")
	s.add(text, "path.data", "pid.file", "i18n.locale", "ops.cGroupOverrides.cpuPath", "ops.cGroupOverrides.cpuAcctPath")
	s.add(listOf(text, 0), "node.roles", "i18n.locales")
	s.add(boolean, "pid.exclusive")
	s.add(duration, "ops.interval")
	s.add(number, "migrations.batchSize", "migrations.retryAttempts", "savedObjects.maxImportExportSize", "migrations.pollInterval")
	s.add(size, "migrations.maxBatchSizeBytes", "savedObjects.maxImportPayloadBytes")
	s.add(text, "migrations.discardUnknownObjects", "migrations.discardCorruptObjects")
	s.add(boolean, "migrations.skip")
	s.add(oneOf("v2", "zdt"), "migrations.algorithm")
	s.add(oneOf("all", "fatal", "error", "warn", "info", "debug", "trace", "off"), "logging.root.level")
	s.add(listOf(text, 0), "logging.root.appenders")
	s.add(anything, "logging.loggers", "elasticsearch.customHeaders", "server.customResponseHeaders", "logging.appenders", "uiSettings.overrides")
	if major < 9 {
		s.add(anything, removedInNine...)
	}
	return s
}

func (s schema) server(major int) {
	s.add(text, "server.name", "server.ssl.certificate", "server.ssl.key", "server.ssl.keyPassphrase", "server.ssl.keystore.path",
		"server.ssl.keystore.password", "server.ssl.truststore.path", "server.ssl.truststore.password", "server.defaultRoute")
	s.add(serverHost, "server.host")
	s.add(number, "server.port", "server.keepaliveTimeout", "server.socketTimeout", "server.payloadTimeout", "server.ssl.redirectHttpFromPort",
		"server.compression.brotli.quality", "server.rateLimiter.elu")
	s.add(boolean, "server.autoListen", "server.rewriteBasePath", "server.ssl.enabled", "server.compression.enabled", "server.compression.brotli.enabled",
		"server.cors.enabled", "server.cors.allowCredentials", "server.xsrf.disableProtection", "server.requestId.allowFromAnyIp",
		"server.rateLimiter.enabled", "server.restrictInternalApis", "server.oas.enabled", "server.http2.allowUnsecure",
		"server.securityResponseHeaders.disableEmbedding", "server.eluMonitor.enabled", "server.versioned.strictClientVersionCheck")
	s.add(anything, "server.securityResponseHeaders.strictTransportSecurity", "server.securityResponseHeaders.xContentTypeOptions",
		"server.securityResponseHeaders.referrerPolicy", "server.securityResponseHeaders.permissionsPolicy",
		"server.securityResponseHeaders.permissionsPolicyReportOnly", "server.securityResponseHeaders.crossOriginOpenerPolicy", "server.cdn.url")
	s.add(uri, "server.publicBaseUrl")
	s.add(matching(`^/.*[^/]$`, "must start with a slash, don't end with one"), "server.basePath")
	s.add(duration, "server.shutdownTimeout")
	s.add(size, "server.maxPayload")
	s.add(uuidKind, "server.uuid")
	s.add(oneOf("http1", "http2"), "server.protocol")
	s.add(oneOf("none", "optional", "required"), "server.ssl.clientAuthentication")
	s.add(oneOf("short", "medium", "long"), "server.rateLimiter.term")
	s.add(oneOf("newest", "oldest"), "server.versioned.versionResolution")
	s.add(listOf(oneOf("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"), 1), "server.ssl.supportedProtocols")
	s.add(listOf(text, 0), "server.ssl.certificateAuthorities", "server.ssl.cipherSuites", "server.requestId.ipAllowlist", "server.cors.allowOrigin",
		"server.compression.referrerWhitelist", "server.xsrf.allowlist", "server.excludeRoutes")
	if major < 9 {
		s.add(size, "server.maxPayloadBytes")
	}
}

func (s schema) elasticsearch() {
	s.add(listOf(uri, 1), "elasticsearch.hosts")
	s.add(text, "elasticsearch.username", "elasticsearch.serviceAccountToken", "elasticsearch.apiVersion", "elasticsearch.ssl.certificate",
		"elasticsearch.ssl.key", "elasticsearch.ssl.keyPassphrase", "elasticsearch.ssl.keystore.path", "elasticsearch.ssl.keystore.password",
		"elasticsearch.ssl.truststore.path", "elasticsearch.ssl.truststore.password")
	s.add(password, "elasticsearch.password")
	s.add(uri, "elasticsearch.publicBaseUrl")
	s.add(oneOf("none", "certificate", "full"), "elasticsearch.ssl.verificationMode")
	s.add(listOf(text, 1), "elasticsearch.ssl.certificateAuthorities")
	s.add(listOf(text, 0), "elasticsearch.requestHeadersWhitelist")
	s.add(boolean, "elasticsearch.ssl.alwaysPresentCertificate", "elasticsearch.sniffOnStart", "elasticsearch.sniffOnConnectionFault",
		"elasticsearch.compression", "elasticsearch.logQueries", "elasticsearch.ignoreVersionMismatch", "elasticsearch.skipStartupConnectionCheck")
	s.add(falseOr(duration), "elasticsearch.sniffInterval")
	s.add(falseOr(size), "elasticsearch.maxResponseSize")
	s.add(duration, "elasticsearch.requestTimeout", "elasticsearch.pingTimeout", "elasticsearch.shardTimeout", "elasticsearch.idleSocketTimeout",
		"elasticsearch.healthCheck.delay", "elasticsearch.healthCheck.startupDelay", "elasticsearch.dnsCacheTtl")
	s.add(number, "elasticsearch.maxSockets", "elasticsearch.maxIdleSockets")
	s.add(anything, "elasticsearch.apisToRedactInLogs")
}

func (s schema) security() {
	key := minimumLength(32)
	s.add(key, "xpack.security.encryptionKey", "xpack.encryptedSavedObjects.encryptionKey")
	s.add(listOf(key, 0), "xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys")
	s.add(number, "xpack.encryptedSavedObjects.keyRotation.batchSize")
	s.add(boolean, "xpack.security.secureCookies", "xpack.security.showInsecureClusterWarning", "xpack.security.showNavLinks", "xpack.security.audit.enabled",
		"xpack.security.accessAgreement.enabled", "xpack.security.experimental.fipsMode.enabled")
	s.add(text, "xpack.security.cookieName", "xpack.security.loginAssistanceMessage", "xpack.security.loginHelp", "xpack.security.accessAgreement.message")
	s.add(oneOf("Strict", "Lax", "None"), "xpack.security.sameSiteCookies")
	s.add(falseOr(duration), "xpack.security.session.idleTimeout", "xpack.security.session.lifespan")
	s.add(duration, "xpack.security.session.cleanupInterval")
	s.add(number, "xpack.security.session.concurrentSessions.maxSessions")
	s.add(anything, "xpack.security.authc.providers", "xpack.security.audit.appender", "xpack.security.audit.ignore_filters", "xpack.security.audit.include_saved_object_names")
}

func (s schema) reporting() {
	s.add(minimumLength(32), "xpack.reporting.encryptionKey")
	s.add(boolean, "xpack.reporting.enabled")
}

// knows gives the kind of a key; keys of namespaces that are known by name only take any value.
func (s schema) knows(key string) (kind, bool) {
	if known, ok := s[key]; ok {
		return known, true
	}
	for _, gone := range append(append([]string{}, removedBefore...), removedInNine...) {
		if key == gone {
			return nil, false
		}
	}
	for _, prefix := range namespaces {
		if strings.HasPrefix(key, prefix) {
			return anything, true
		}
	}
	return nil, false
}
