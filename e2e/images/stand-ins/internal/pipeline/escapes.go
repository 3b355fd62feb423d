// Escapes in quoted texts of a pipeline ("Structure of a pipeline", escape sequences).
package pipeline

import (
	"regexp"

	"github.com/breml/logstash-config/ast"
)

var escapes = regexp.MustCompile(`\\.`)

// unescape reads \n, \t and the like when config.support_escapes is on; otherwise texts mean what they show.
func (c *compiler) unescape(attribute ast.StringAttribute) string {
	text := attribute.Value()
	if attribute.StringAttributeType() == ast.Bareword || !c.source.Settings.Bool("config.support_escapes") {
		return text
	}
	return escapes.ReplaceAllStringFunc(text, func(found string) string {
		switch found[1] {
		case 'n':
			return "\n"
		case 'r':
			return "\r"
		case 't':
			return "\t"
		case '0':
			return "\x00"
		case '"', '\'', '\\':
			return found[1:]
		default:
			return found
		}
	})
}
