package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

func someOptions() textOptions {
	return textOptions{name: "w", seed: 7, kinds: smallKinds, bigEvery: 10, hugeEvery: 25}
}

func TestLinesFollowFromSeedNameAndNumber(t *testing.T) {
	other := someOptions()
	other.seed = 8
	renamed := someOptions()
	renamed.name = "v"
	same, different, elsewhere := 0, 0, 0
	for number := 1; number <= 100; number++ {
		_, text := someOptions().line(number)
		_, again := someOptions().line(number)
		_, seeded := other.line(number)
		_, named := renamed.line(number)
		if text == again {
			same++
		}
		if text != seeded {
			different++
		}
		if strings.TrimPrefix(text, "w") != strings.TrimPrefix(named, "v") {
			elsewhere++
		}
	}
	if same != 100 || different != 100 || elsewhere != 100 {
		t.Errorf("same %d, different by seed %d, by name %d: want 100 each", same, different, elsewhere)
	}
}

func TestEveryLineIsOneLineOfUTF8ThatCarriesItsId(t *testing.T) {
	for number := 1; number <= 500; number++ {
		id, text := someOptions().line(number)
		if strings.ContainsAny(text, "\n\r\x00") || !utf8.ValidString(text) || strings.TrimSpace(text) != text {
			t.Fatalf("line %d is not one clean line: %q", number, text)
		}
		var parsed struct{ ID string }
		isJSON := json.Unmarshal([]byte(text), &parsed) == nil
		if isJSON && parsed.ID != id || !isJSON && !strings.HasPrefix(text, id+" ") {
			t.Fatalf("line %d does not carry its id %s: %.80q", number, id, text)
		}
	}
}

func TestKindsAndSizes(t *testing.T) {
	counts := map[string]int{}
	for number := 1; number <= 300; number++ {
		_, text := someOptions().line(number)
		switch {
		case len(text) > 16*1024:
			counts["huge"]++
		case len(text) >= 15000:
			counts["big"]++
		case strings.HasPrefix(text, "{"):
			counts["json"]++
		case len(text) != utf8.RuneCountInString(text):
			counts["multibyte"]++
		default:
			counts["plain"]++
		}
	}
	// 300/25 huge; 300/10 big without the 6 that are huge; the rest in turn.
	if counts["huge"] != 12 || counts["big"] != 24 || counts["json"] < 80 || counts["multibyte"] < 80 || counts["plain"] < 80 {
		t.Errorf("counts %v", counts)
	}
}

func TestLedgerTellsExactlyWhatWasWritten(t *testing.T) {
	var output bytes.Buffer
	options := options{texts: someOptions(), lines: 60}
	book := newLedger(options.lines)
	if err := write(context.Background(), options, &output, book); err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	book.handler().ServeHTTP(answer, httptest.NewRequest("GET", "/ledger", nil))
	written := strings.Split(strings.TrimSuffix(output.String(), "\n"), "\n")
	told := strings.Split(strings.TrimSuffix(answer.Body.String(), "\n"), "\n")
	for index, text := range written {
		id, _ := options.texts.line(index + 1)
		if want := fmt.Sprintf("%s %x", id, sha256.Sum256([]byte(text))); told[index] != want {
			t.Errorf("ledger line %d is %q, want %q", index, told[index], want)
		}
	}
	if len(written) != 60 || len(told) != 60 || !book.status().Done || book.status().Bytes != output.Len() {
		t.Errorf("%d lines, %d in the ledger, status %+v", len(written), len(told), book.status())
	}
}

func TestWrongFlagsAreNamed(t *testing.T) {
	for flag, arguments := range map[string][]string{
		"--kinds":     {"--kinds", "plain,binary"},
		"--name":      {"--name", "two words"},
		"--lines":     {"--lines", "-1"},
		"--big-every": {"--big-every", "-1"},
	} {
		if _, err := parse(arguments); err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("%v: error %v does not name %s", arguments, err, flag)
		}
	}
}
