module loggingstack.dev/stand-ins

go 1.26

require (
	github.com/breml/logstash-config v0.5.3
	github.com/elastic/go-lumber v0.1.0
	gopkg.in/yaml.v3 v3.0.1
	software.sslmate.com/src/go-pkcs12 v0.7.4
)

require (
	github.com/klauspost/compress v1.20.3 // indirect
	golang.org/x/crypto v0.11.0 // indirect
)
