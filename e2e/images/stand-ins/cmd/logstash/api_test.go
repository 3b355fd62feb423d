// The API as an operator has it: by TLS alone, and for who knows the password alone.
package main

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"loggingstack.dev/stand-ins/internal/testkit"
)

func TestTheAPIAnswersByTLSToWhoKnowsThePassword(t *testing.T) {
	s := newStage(t)
	s.settings(`api.ssl.enabled: true
api.ssl.keystore.path: @KEYSTORE@
api.ssl.keystore.password: very-secret-keystore
api.auth.type: basic
api.auth.basic.username: operator
api.auth.basic.password: very-secret-user
api.auth.basic.password_policy.mode: WARN`)
	process := s.start()
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.beatAuthority.Pool(), ServerName: "localhost"}}}
	ask := func(scheme, password string) int {
		request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s://127.0.0.1:%d/_node/stats/pipelines/main", scheme, s.apiPort), nil)
		if err != nil {
			t.Fatal(err)
		}
		if password != "" {
			request.SetBasicAuth("operator", password)
		}
		response, err := client.Do(request)
		if err != nil {
			return 0
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	testkit.Eventually(t, "the API answers", func() bool { return ask("https", "very-secret-user") == http.StatusOK })
	for _, password := range []string{"", "another"} {
		if code := ask("https", password); code != http.StatusUnauthorized {
			t.Errorf("with password %q: %d", password, code)
		}
	}
	// Go's server tells who speaks plain HTTP to it; Logstash hangs up.
	if code := ask("http", "very-secret-user"); code == http.StatusOK {
		t.Error("it answers without TLS")
	}
	if code := process.Terminate(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, secret := range []string{"very-secret-keystore", "very-secret-user"} {
		if strings.Contains(process.Output(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
}
