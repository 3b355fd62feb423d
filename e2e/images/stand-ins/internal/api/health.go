// The health report: one indicator per pipeline, and the worst of them for the whole ("Health report API").
package api

import "loggingstack.dev/stand-ins/internal/agent"

type verdict struct{ status, symptom, cause string }

var verdicts = map[agent.State]verdict{
	agent.Running:    {"green", "The pipeline is healthy", ""},
	agent.Loading:    {"yellow", "The pipeline is concerning; 1 area is impacted and 1 diagnosis is available", "pipeline is loading"},
	agent.Finished:   {"yellow", "The pipeline is concerning; 1 area is impacted and 1 diagnosis is available", "pipeline has finished running because its inputs have been closed and events have been processed"},
	agent.Terminated: {"red", "The pipeline is unhealthy; 1 area is impacted and 1 diagnosis is available", "pipeline is not running, likely because it has encountered an error"},
}

var severity = map[string]int{"green": 0, "unknown": 1, "yellow": 2, "red": 3}

var summaries = map[string][2]string{
	"green":   {"1 indicator is healthy (`pipelines`)", "all pipelines are healthy"},
	"yellow":  {"1 indicator is concerning (`pipelines`)", "at least one pipeline is concerning"},
	"red":     {"1 indicator is unhealthy (`pipelines`)", "at least one pipeline is unhealthy"},
	"unknown": {"1 indicator is unknown (`pipelines`)", "no pipelines are loaded"},
}

func report(states map[string]agent.State) map[string]any {
	worst := "green"
	if len(states) == 0 {
		worst = "unknown"
	}
	indicators := map[string]any{}
	for id, state := range states {
		found := verdicts[state]
		indicator := map[string]any{"status": found.status, "symptom": found.symptom, "details": map[string]any{"status": map[string]any{"state": state}}}
		if found.cause != "" {
			indicator["diagnosis"] = []any{map[string]any{"cause": found.cause, "action": "view logs to determine the cause"}}
		}
		indicators[id] = indicator
		if severity[found.status] > severity[worst] {
			worst = found.status
		}
	}
	return map[string]any{"status": worst, "symptom": summaries[worst][0], "indicators": map[string]any{
		"pipelines": map[string]any{"status": worst, "symptom": summaries[worst][1], "indicators": indicators}}}
}
