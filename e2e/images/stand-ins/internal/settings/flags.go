// The command line: every setting as --name value, and the short forms that Logstash documents.
package settings

import (
	"fmt"
	"strings"
)

var shortFlags = map[string]string{
	"-n": "node.name", "-f": "path.config", "-e": "config.string", "-w": "pipeline.workers", "-b": "pipeline.batch.size",
	"-u": "pipeline.batch.delay", "-l": "path.logs", "-t": "config.test_and_exit", "-r": "config.reload.automatic",
	"-V": "version", "-h": "help", "-p": "path.plugins",
}

// SettingsFolder finds --path.settings on the command line, else the environment's LS_SETTINGS_DIR, else nothing.
func SettingsFolder(arguments []string, environment func(string) (string, bool)) string {
	for i, argument := range arguments {
		if value, found := strings.CutPrefix(argument, "--path.settings="); found {
			return value
		}
		if argument == "--path.settings" && i+1 < len(arguments) {
			return arguments[i+1]
		}
	}
	folder, _ := environment("LS_SETTINGS_DIR")
	return folder
}

// Apply sets what the command line says; it goes before the file's values.
func (s *Settings) Apply(arguments []string) error {
	for i := 0; i < len(arguments); i++ {
		name, value, inline := strings.Cut(arguments[i], "=")
		if short, ok := shortFlags[name]; ok {
			name = short
		} else if long, ok := strings.CutPrefix(name, "--"); ok {
			name = long
		} else {
			return fmt.Errorf("ERROR: Unrecognised option '%s'", arguments[i])
		}
		if !s.Known(name) || s.schema[name].replacedBy != "" {
			return fmt.Errorf("ERROR: Unrecognised option '--%s'", name)
		}
		if !inline && s.IsBoolean(name) && !strings.HasPrefix(name, "api.") {
			value = "true"
		} else if !inline {
			i++
			if i >= len(arguments) {
				return fmt.Errorf("ERROR: option '--%s' needs a value", name)
			}
			value = arguments[i]
		}
		if err := s.Set(name, value); err != nil {
			return fmt.Errorf("ERROR: option '--%s': %w", name, err)
		}
	}
	return nil
}
