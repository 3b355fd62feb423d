// All components of a stack, each reconciled by itself.
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import { credentialsComponent } from './credentials/index.ts';
import { elasticsearchComponent } from './elasticsearch/index.ts';
import { filebeatComponent } from './filebeat.ts';
import type { Component } from './framework.ts';
import { kibanaComponent } from './kibana.ts';
import { logstashComponent } from './logstash.ts';
import { stackComponent } from './stack.ts';

export function components(templates: ConfigTemplates): readonly Component[] {
  return [
    credentialsComponent,
    elasticsearchComponent(templates),
    kibanaComponent(templates),
    logstashComponent(templates),
    filebeatComponent(templates),
    stackComponent,
  ];
}
