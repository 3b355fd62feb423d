// What Logstash checks of its API when it opens it: the keystore, and the password by its policy ("logstash.yml", api.*).
package settings

import (
	"fmt"
	"regexp"
	"strings"

	"loggingstack.dev/stand-ins/internal/pki"
)

const longestPassword = 1024

// passwordRules are the parts of the policy, with Logstash's words.
var passwordRules = []struct {
	setting, words string
	pattern        *regexp.Regexp
}{
	{"upper", "must contain at least one upper case", regexp.MustCompile(`[A-Z]`)},
	{"lower", "must contain at least one lower case", regexp.MustCompile(`[a-z]`)},
	{"digit", "must contain at least one digit between 0 and 9", regexp.MustCompile(`[0-9]`)},
	{"symbol", "must contain at least one special character", regexp.MustCompile(`[^A-Za-z0-9]`)},
}

func (s *Settings) checkAPI() error {
	if s.Bool("api.ssl.enabled") {
		if err := s.required("api.ssl.enabled", "true", "api.ssl.keystore.path", "api.ssl.keystore.password"); err != nil {
			return err
		}
		if _, err := pki.Keystore(s.Text("api.ssl.keystore.path"), s.Text("api.ssl.keystore.password")); err != nil {
			return err
		}
	}
	if s.Text("api.auth.type") != "basic" {
		return nil
	}
	if err := s.required("api.auth.type", "basic", "api.auth.basic.username", "api.auth.basic.password"); err != nil {
		return err
	}
	return s.checkPassword()
}

func (s *Settings) required(trigger, value string, names ...string) error {
	for _, name := range names {
		if s.Text(name) == "" {
			return fmt.Errorf("Setting `%s` is required when `%s` is set to `%s`. Please provide it in your `logstash.yml`", name, trigger, value)
		}
	}
	return nil
}

// checkPassword refuses a weak password in mode ERROR, and warns in mode WARN. It never tells the password.
func (s *Settings) checkPassword() error {
	password := s.Text("api.auth.basic.password")
	shortest := s.Int("api.auth.basic.password_policy.length.minimum")
	if shortest < 8 || shortest > longestPassword {
		return fmt.Errorf("api.auth.basic.password_policy.length.minimum has to be between 8 and %d.", longestPassword) //nolint:staticcheck // the words of Logstash
	}
	reasons := []string{}
	if len(password) < shortest || len(password) > longestPassword {
		reasons = append(reasons, fmt.Sprintf("must be length of between %d and %d", shortest, longestPassword))
	}
	for _, rule := range passwordRules {
		if s.Text("api.auth.basic.password_policy.include."+rule.setting) == "REQUIRED" && !rule.pattern.MatchString(password) {
			reasons = append(reasons, rule.words)
		}
	}
	if len(reasons) == 0 {
		return nil
	}
	words := "Password " + strings.Join(reasons, ", ") + "."
	if s.Text("api.auth.basic.password_policy.mode") == "ERROR" {
		return fmt.Errorf("Failed to validate the setting \"api.auth.basic.password\": %s", words)
	}
	s.Deprecations = append(s.Deprecations, words)
	return nil
}
