// All components of a stack, each reconciled by itself.
import type { ConfigTemplates } from '../core/rendering/templates.ts';
import type { ElasticsearchClients } from '../elasticsearch/clients.ts';
import { credentialsComponent } from './credentials/index.ts';
import { elasticsearchComponent } from './elasticsearch/index.ts';
import { filebeatComponent } from './filebeat.ts';
import type { Component } from './framework.ts';
import { kibanaComponent } from './kibana.ts';
import { logstashComponent } from './logstash.ts';
import { stackComponent } from './stack.ts';

export function components(templates: ConfigTemplates, clients: ElasticsearchClients): readonly Component[] {
  return [
    credentialsComponent,
    elasticsearchComponent(templates, clients),
    kibanaComponent(templates),
    logstashComponent(templates, clients),
    filebeatComponent(templates),
    stackComponent,
  ];
}
