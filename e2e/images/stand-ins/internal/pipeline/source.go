// Package pipeline turns the *.conf files of one pipeline into a checked tree of plugins and conditions.
package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	parser "github.com/breml/logstash-config"
	"github.com/breml/logstash-config/ast"

	"loggingstack.dev/stand-ins/internal/settings"
)

// Source is the text of one pipeline with its settings, as found at one moment.
type Source struct {
	ID       string
	Settings *settings.Settings
	Text     string
	Hash     string
}

// ReadSource gathers the text of a pipeline: all files that path.config names, in lexicographical order, one after the other.
func ReadSource(of *settings.Settings) (Source, error) {
	source := Source{ID: of.Text("pipeline.id"), Settings: of}
	if text := of.Text("config.string"); text != "" {
		source.Text = text
	} else {
		files, err := configFiles(of.Text("path.config"))
		if err != nil {
			return source, err
		}
		parts := []string{}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				return source, fmt.Errorf("pipeline %s: cannot read %s: %w", source.ID, file, err)
			}
			parts = append(parts, string(content))
		}
		source.Text = strings.Join(parts, "\n")
	}
	sum := sha256.Sum256([]byte(source.Text))
	source.Hash = hex.EncodeToString(sum[:])
	return source, nil
}

func configFiles(path string) ([]string, error) {
	if path == "" {
		return nil, fmt.Errorf("No configuration found: neither path.config nor config.string is set")
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "*")
	}
	found, err := filepath.Glob(path)
	if err != nil {
		return nil, fmt.Errorf("path.config %q: %w", path, err)
	}
	files := []string{}
	for _, file := range found {
		info, err := os.Stat(file)
		// Editors leave files that end in "~"; Logstash does not read them.
		if err == nil && info.Mode().IsRegular() && !strings.HasSuffix(file, "~") {
			files = append(files, file)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("No config files found: %s. Can you make sure this path is a logstash config file?", path)
	}
	sort.Strings(files)
	return files, nil
}

// parserLock is needed because the parser keeps the place of its last error in a global variable.
var parserLock sync.Mutex

func parse(source Source) (ast.Config, error) {
	parserLock.Lock()
	defer parserLock.Unlock()
	if strings.TrimSpace(source.Text) == "" {
		return ast.Config{}, fmt.Errorf("Expected one of [ \\t\\r\\n], \"#\", \"input\", \"filter\", \"output\" at line 1, column 1 (byte 1): the configuration is empty")
	}
	parsed, err := parser.Parse(source.ID, []byte(source.Text), parser.IgnoreComments(true))
	if err != nil {
		message := err.Error()
		if detail, ok := parser.GetFarthestFailure(); ok {
			message += "; " + detail
		}
		return ast.Config{}, fmt.Errorf("Expected one of the constructs of the configuration language: %s", message)
	}
	config, ok := parsed.(ast.Config)
	if !ok {
		return ast.Config{}, fmt.Errorf("the parser gave %T instead of a configuration", parsed)
	}
	return config, nil
}
