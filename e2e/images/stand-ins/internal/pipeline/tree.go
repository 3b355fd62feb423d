// The checked tree of one pipeline.
package pipeline

import (
	"fmt"
	"os"

	"github.com/breml/logstash-config/ast"

	"loggingstack.dev/stand-ins/internal/envsubst"
	"loggingstack.dev/stand-ins/internal/event"
	"loggingstack.dev/stand-ins/internal/plugins"
)

// Node is a plugin or a branch of a filter or output section.
type Node struct {
	Plugin   *plugins.Config
	Branches []Branch
}

// Branch is one arm of if / else if / else. A nil condition is the else arm.
type Branch struct {
	Condition Condition
	Nodes     []Node
}

// Tree is a pipeline whose options are all checked.
type Tree struct {
	Source   Source
	Inputs   []*plugins.Config
	Filters  []Node
	Outputs  []Node
	Warnings []string
}

type compiler struct {
	source  Source
	lookup  envsubst.Lookup
	ids     map[string]bool
	counter int
	tree    *Tree
}

// Compile parses and checks a pipeline. Errors have Logstash's words where they were known.
func Compile(source Source, lookup envsubst.Lookup) (*Tree, error) {
	config, err := parse(source)
	if err != nil {
		return nil, err
	}
	if lookup == nil {
		lookup = os.LookupEnv
	}
	compile := &compiler{source: source, lookup: lookup, ids: map[string]bool{}, tree: &Tree{Source: source}}
	inputs, err := compile.sections("input", config.Input)
	if err != nil {
		return nil, err
	}
	for _, node := range inputs {
		if node.Plugin == nil {
			return nil, fmt.Errorf("Expected one of the input plugins: an input section holds no conditions")
		}
		compile.tree.Inputs = append(compile.tree.Inputs, node.Plugin)
	}
	if compile.tree.Filters, err = compile.sections("filter", config.Filter); err != nil {
		return nil, err
	}
	if compile.tree.Outputs, err = compile.sections("output", config.Output); err != nil {
		return nil, err
	}
	return compile.tree, nil
}

func (c *compiler) sections(pluginType string, sections []ast.PluginSection) ([]Node, error) {
	nodes := []Node{}
	for _, section := range sections {
		part, err := c.block(pluginType, section.BranchOrPlugins)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, part...)
	}
	return nodes, nil
}

func (c *compiler) block(pluginType string, items []ast.BranchOrPlugin) ([]Node, error) {
	nodes := []Node{}
	for _, item := range items {
		switch typed := item.(type) {
		case ast.Plugin:
			config, err := c.plugin(pluginType, typed)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, Node{Plugin: config})
		case ast.Branch:
			branches, err := c.branch(pluginType, typed)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, Node{Branches: branches})
		}
	}
	return nodes, nil
}

func (c *compiler) branch(pluginType string, branch ast.Branch) ([]Branch, error) {
	arms := []Branch{}
	add := func(condition *ast.Condition, block []ast.BranchOrPlugin) error {
		arm := Branch{}
		var err error
		if condition != nil {
			if arm.Condition, err = c.condition(*condition); err != nil {
				return err
			}
		}
		if arm.Nodes, err = c.block(pluginType, block); err != nil {
			return err
		}
		arms = append(arms, arm)
		return nil
	}
	if err := add(&branch.IfBlock.Condition, branch.IfBlock.Block); err != nil {
		return nil, err
	}
	for _, elseIf := range branch.ElseIfBlock {
		if err := add(&elseIf.Condition, elseIf.Block); err != nil {
			return nil, err
		}
	}
	if len(branch.ElseBlock.Block) > 0 {
		if err := add(nil, branch.ElseBlock.Block); err != nil {
			return nil, err
		}
	}
	return arms, nil
}

func (c *compiler) plugin(pluginType string, plugin ast.Plugin) (*plugins.Config, error) {
	spec, err := plugins.Find(pluginType, plugin.Name(), c.source.Settings.Version.Major)
	if err != nil {
		return nil, err
	}
	raw, err := c.options(pluginType, plugin)
	if err != nil {
		return nil, err
	}
	config, err := spec.Check(raw)
	if err != nil {
		return nil, err
	}
	if err := checkReferences(config); err != nil {
		return nil, err
	}
	if config.ID == "" {
		c.counter++
		config.ID = fmt.Sprintf("%s-%s-%d", pluginType, spec.Name, c.counter)
	}
	if c.ids[config.ID] {
		return nil, &plugins.Failure{Message: fmt.Sprintf("Two plugins have the id '%s', please fix this conflict", config.ID)}
	}
	c.ids[config.ID] = true
	c.tree.Warnings = append(c.tree.Warnings, config.Warnings...)
	return config, nil
}

// options turns the attributes of a plugin into texts, numbers, lists and hashes, with ${...} replaced.
func (c *compiler) options(pluginType string, plugin ast.Plugin) (map[string]any, error) {
	raw := map[string]any{}
	for _, attribute := range plugin.Attributes {
		name := attribute.Name()
		value, err := c.value(attribute)
		if err != nil {
			return nil, err
		}
		earlier, twice := raw[name]
		if !twice {
			raw[name] = value
			continue
		}
		if name == "codec" {
			return nil, &plugins.Failure{Message: fmt.Sprintf("The %s plugin %s at line %d has multiple `codec` declarations - this is not a valid configuration, only one top-level `codec` per %s plugin is supported.", pluginType, plugin.Name(), plugin.Pos().Line, pluginType)}
		}
		// Logstash merges repeated hashes and lists; of repeated texts it makes a list, which a text option then refuses.
		raw[name] = merge(earlier, value)
	}
	return raw, nil
}

func merge(earlier, later any) any {
	first, firstIsHash := earlier.(map[string]any)
	second, secondIsHash := later.(map[string]any)
	if firstIsHash && secondIsHash {
		for key, value := range second {
			first[key] = value
		}
		return first
	}
	return append(asList(earlier), asList(later)...)
}

func asList(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

func (c *compiler) value(attribute ast.Attribute) (any, error) {
	switch typed := attribute.(type) {
	case ast.StringAttribute:
		replaced, err := envsubst.LogstashValue(c.unescape(typed), c.lookup)
		if err != nil {
			return nil, &plugins.Failure{Message: err.Error()}
		}
		return replaced, nil
	case ast.NumberAttribute:
		return typed.Value(), nil
	case ast.ArrayAttribute:
		list := []any{}
		for _, item := range typed.Value() {
			value, err := c.value(item)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case ast.HashAttribute:
		return c.hash(typed)
	case ast.PluginAttribute:
		// Its text is `name => plugin {}`; only codecs are written so.
		return codecName(typed), nil
	default:
		return nil, fmt.Errorf("value of %s at %s has an unknown form", attribute.Name(), attribute.Pos())
	}
}

func (c *compiler) hash(attribute ast.HashAttribute) (any, error) {
	hash := map[string]any{}
	duplicates := []string{}
	for _, entry := range attribute.Value() {
		value, err := c.value(entry.Value)
		if err != nil {
			return nil, err
		}
		name := entry.Name()
		if text, isText := entry.Key.(ast.StringAttribute); isText {
			name = text.Value()
		}
		if _, twice := hash[name]; twice {
			duplicates = append(duplicates, name)
		}
		hash[name] = value
	}
	if len(duplicates) > 0 {
		return nil, &plugins.Failure{Message: fmt.Sprintf("Duplicate keys found in your configuration: %q At line: %d, column %d", duplicates, attribute.Pos().Line, attribute.Pos().Column)}
	}
	return hash, nil
}

// checkReferences refuses field names that Logstash cannot read, such as "[a]b".
func checkReferences(config *plugins.Config) error {
	if config.Spec.Type != "filter" {
		return nil
	}
	for name, value := range config.Values {
		for _, reference := range referencesIn(config.Spec, name, value) {
			if !event.ValidReference(reference) {
				return &plugins.Failure{Message: fmt.Sprintf("Invalid FieldReference: `%s` in %s of %s", reference, name, config.Spec.Name)}
			}
		}
	}
	return nil
}
