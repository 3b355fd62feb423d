// pipelines.yml: which pipelines there are, and their own settings.
package settings

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"loggingstack.dev/stand-ins/internal/envsubst"
)

// deprecatedOverrides are process settings that pipelines.yml may still name, without effect.
var deprecatedOverrides = []string{"config.reload.automatic", "config.reload.interval"}

// Pipelines gives the settings of every pipeline: one from -f or -e, else those of pipelines.yml.
func (s *Settings) Pipelines(lookup envsubst.Lookup) ([]*Settings, error) {
	if s.Text("path.config") != "" || s.Text("config.string") != "" {
		return []*Settings{s.Clone()}, nil
	}
	path := filepath.Join(s.Text("path.settings"), "pipelines.yml")
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("Failed to read pipelines yaml file. Location: %s, Exception: %w", path, err)
	}
	var tree any
	if err := yaml.Unmarshal(content, &tree); err != nil {
		return nil, fmt.Errorf("Failed to parse contents of pipelines yaml file. Location: %s, Exception: %w", path, err)
	}
	if tree == nil {
		return nil, fmt.Errorf("Pipelines YAML file is empty. Location: %s", path)
	}
	list, ok := tree.([]any)
	if !ok {
		return nil, fmt.Errorf("Pipelines YAML file must contain an array of pipeline configs. Found \"%s\" in %s", rubyClass(tree), path)
	}
	return s.pipelineList(list, path, lookup)
}

func (s *Settings) pipelineList(list []any, path string, lookup envsubst.Lookup) ([]*Settings, error) {
	pipelines := []*Settings{}
	seen := map[string]bool{}
	for _, item := range list {
		entry, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("Pipelines YAML file must contain an array of pipeline configs. Found an entry of \"%s\" in %s", rubyClass(item), path)
		}
		pipeline, err := s.pipeline(entry, lookup)
		if err != nil {
			return nil, fmt.Errorf("%w (%s)", err, path)
		}
		id := pipeline.Text("pipeline.id")
		if seen[id] {
			return nil, fmt.Errorf("Pipelines YAML file contains duplicate pipeline ids: [%q]. Location: %s", id, path)
		}
		seen[id] = true
		pipelines = append(pipelines, pipeline)
	}
	return pipelines, nil
}

func (s *Settings) pipeline(entry map[string]any, lookup envsubst.Lookup) (*Settings, error) {
	pipeline := s.Clone()
	for _, name := range slices.Sorted(maps.Keys(entry)) {
		if slices.Contains(deprecatedOverrides, name) {
			pipeline.Deprecations = append(pipeline.Deprecations, fmt.Sprintf("Config option \"%s\", set for pipeline \"%v\", is deprecated as a pipeline override setting. Please only set it at the process level.", name, entry["pipeline.id"]))
			continue
		}
		if known, ok := s.schema[name]; !ok || !known.pipeline {
			return nil, fmt.Errorf("Only pipeline related settings are expected. Received \"%s\". Allowed settings: %v", name, pipelineSettings)
		}
		value, err := envsubst.LogstashValue(entry[name], lookup)
		if err != nil {
			return nil, err
		}
		if err := pipeline.Set(name, value); err != nil {
			return nil, err
		}
	}
	if err := pipeline.CheckQueue(); err != nil {
		return nil, err
	}
	return pipeline, nil
}

func rubyClass(value any) string {
	switch value.(type) {
	case map[string]any:
		return "Hash"
	case string:
		return "String"
	case bool:
		return "TrueClass"
	case int:
		return "Integer"
	default:
		return strings.TrimPrefix(fmt.Sprintf("%T", value), "*")
	}
}

// Equal says whether two pipelines have the same settings, so that a reload can tell a change.
func (s *Settings) Equal(other *Settings) bool {
	return fmt.Sprint(s.values) == fmt.Sprint(other.values)
}
