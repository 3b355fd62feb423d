// Package settings reads and checks logstash.yml, pipelines.yml and the command line as Logstash does.
package settings

import (
	"fmt"
	"regexp"
	"strconv"
)

// Version is the Logstash version that is stood in for.
type Version struct {
	Text  string
	Major int
	Minor int
}

var versionPattern = regexp.MustCompile(`^(\d+)\.(\d+)\.\d+$`)

// ParseVersion reads a version such as 9.4.3. Only 8.19 and 9.x are known.
func ParseVersion(text string) (Version, error) {
	parts := versionPattern.FindStringSubmatch(text)
	if parts == nil {
		return Version{}, fmt.Errorf("version %q is not of the form 9.4.3", text)
	}
	major, _ := strconv.Atoi(parts[1])
	minor, _ := strconv.Atoi(parts[2])
	if major != 9 && (major != 8 || minor != 19) {
		return Version{}, fmt.Errorf("version %q cannot be stood in for: known are 8.19.x and 9.x", text)
	}
	return Version{Text: text, Major: major, Minor: minor}, nil
}
