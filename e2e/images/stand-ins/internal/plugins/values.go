// Typed access to the checked options of a plugin.
package plugins

// Has says whether the option was given.
func (c *Config) Has(name string) bool { _, ok := c.Values[name]; return ok }

// Text gives a text option, or nothing.
func (c *Config) Text(name string) string {
	value, _ := c.Values[name].(string)
	return value
}

// TextOr gives a text option, or the fallback when it was not given.
func (c *Config) TextOr(name, fallback string) string {
	if c.Has(name) {
		return c.Text(name)
	}
	return fallback
}

// Bool gives a boolean option, or the fallback.
func (c *Config) Bool(name string, fallback bool) bool {
	if value, ok := c.Values[name].(bool); ok {
		return value
	}
	return fallback
}

// Number gives a number option, or the fallback.
func (c *Config) Number(name string, fallback float64) float64 {
	if value, ok := c.Values[name].(float64); ok {
		return value
	}
	return fallback
}

// Texts gives a list option as texts.
func (c *Config) Texts(name string) []string {
	list, _ := c.Values[name].([]any)
	texts := []string{}
	for _, item := range list {
		if text, ok := single(item); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// Hash gives a hash option.
func (c *Config) Hash(name string) map[string]any {
	hash, _ := c.Values[name].(map[string]any)
	return hash
}
