// Package agent runs pipelines: it makes, reloads and stops them as their files change.
package agent

import (
	"path/filepath"

	"loggingstack.dev/stand-ins/internal/beats"
	"loggingstack.dev/stand-ins/internal/elasticsearch"
	"loggingstack.dev/stand-ins/internal/filters"
	"loggingstack.dev/stand-ins/internal/logging"
	"loggingstack.dev/stand-ins/internal/pipeline"
	"loggingstack.dev/stand-ins/internal/plugins"
	"loggingstack.dev/stand-ins/internal/settings"
)

// prepared is a pipeline whose plugins have all passed their checks, but none of which runs.
type prepared struct {
	tree        *pipeline.Tree
	inputs      []*beats.Input
	filters     map[*plugins.Config]filters.Filter
	outputs     map[*plugins.Config]output
	order       []output
	deadLetters *deadLetters
}

// prepare makes every plugin of a tree, with the checks that the real ones do when they register.
func prepare(tree *pipeline.Tree, log *logging.Logger) (*prepared, error) {
	made := &prepared{tree: tree, filters: map[*plugins.Config]filters.Filter{}, outputs: map[*plugins.Config]output{}}
	of := tree.Source.Settings
	ecs := of.Text("pipeline.ecs_compatibility")
	for _, config := range tree.Inputs {
		input, err := beats.New(config, ecs, log)
		if err != nil {
			return nil, err
		}
		made.inputs = append(made.inputs, input)
	}
	if of.Bool("dead_letter_queue.enable") {
		var err error
		folder := filepath.Join(of.DeadLetterPath(), tree.Source.ID)
		if made.deadLetters, err = openDeadLetters(folder, of.Bytes("dead_letter_queue.max_bytes"), of.Text("dead_letter_queue.storage_policy")); err != nil {
			return nil, err
		}
	}
	if err := made.prepareFilters(tree.Filters, log); err != nil {
		return nil, err
	}
	return made, made.prepareOutputs(tree.Outputs, of, log)
}

func (p *prepared) prepareFilters(nodes []pipeline.Node, log *logging.Logger) error {
	return walk(nodes, func(config *plugins.Config) error {
		filter, err := filters.New(config, log.Named("logstash.filters."+config.Spec.Name))
		p.filters[config] = filter
		return err
	})
}

func (p *prepared) prepareOutputs(nodes []pipeline.Node, of *settings.Settings, log *logging.Logger) error {
	return walk(nodes, func(config *plugins.Config) error {
		made, err := p.output(config, of, log)
		if err != nil {
			return err
		}
		p.outputs[config] = made
		p.order = append(p.order, made)
		return nil
	})
}

func (p *prepared) output(config *plugins.Config, of *settings.Settings, log *logging.Logger) (output, error) {
	if config.Spec.Name != "elasticsearch" {
		return newConsole(config)
	}
	in := elasticsearch.Context{Version: of.Version.Text, Major: of.Version.Major, ECSCompatibility: of.Text("pipeline.ecs_compatibility"), Log: log}
	if p.deadLetters != nil {
		in.DeadLetters = p.deadLetters
	}
	made, err := elasticsearch.New(config, in)
	if err != nil {
		return nil, err
	}
	return elasticsearchOutput{made}, nil
}

// walk visits every plugin of a section, in order.
func walk(nodes []pipeline.Node, visit func(*plugins.Config) error) error {
	for _, node := range nodes {
		if node.Plugin != nil {
			if err := visit(node.Plugin); err != nil {
				return err
			}
		}
		for _, branch := range node.Branches {
			if err := walk(branch.Nodes, visit); err != nil {
				return err
			}
		}
	}
	return nil
}
