// What Filebeat reads: which logs of a Kubernetes node, told apart how, and where they go. Rendered for the version that really runs.
import { stringify } from 'yaml';
import { names } from '../names.ts';
import { type ConfigTemplates, templateData } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';
import { isAtLeast } from '../versions.ts';

/**
 * The kubelet's folder of logs, `<namespace>_<pod>_<uid>/<container>/<restarts>.log`, and not /var/log/containers: that one
 * links to the newest file of each container only, so a Filebeat that is behind loses what is rotated meanwhile. Tried with
 * Filebeat 7.17.29, a file rotated every 3 s and a scan every 5 s: there 5,741 of 15,000 lines were lost, here none.
 */
export const logFolder = '/var/log/pods';

/** From these versions on, files can be told apart by how they begin (elastic/beats pull request 35734). */
const knowsFingerprints = (version: string): boolean =>
  isAtLeast(version, '8.10') || (isAtLeast(version, '7.17.12') && !isAtLeast(version, '8.0'));

/**
 * Bytes by which a file is told from others, the least that Filebeat allows, because shorter files are not read (before
 * 9.5). They are enough: each line starts with its time in nanoseconds. Never change it: everything would be read once more.
 */
const fingerprintLength = 64;

/** Before version 8 the processor waits for Nodes and Namespaces too, which Filebeat's role does not let it read. */
const readsPodLabels = (version: string): boolean => isAtLeast(version, '8.0');

type Settings = Readonly<Record<string, unknown>>;

/** filebeat.yml for a stack. */
export function filebeatYml(stack: ResolvedStack, templates: ConfigTemplates): string {
  const template = templateData(templates, 'filebeat/filebeat.yml');
  const [input = {}] = template['filebeat.inputs'] as readonly Settings[];
  const { name, namespace } = stack.identity;
  return stringify(
    {
      ...template,
      'filebeat.inputs': [containerLogs(stack, input)],
      'output.logstash': {
        ...(template['output.logstash'] as Settings),
        hosts: [`${names.logstashBeats(name)}.${namespace}.svc:5044`],
      },
    },
    { lineWidth: 0 },
  );
}

function containerLogs(stack: ResolvedStack, input: Settings): Settings {
  const { version } = stack.images.filebeat;
  const fingerprint = knowsFingerprints(version);
  return {
    ...input,
    paths: [`${logFolder}/${stack.filebeat.collectEverywhere ? '*' : `${stack.identity.namespace}_*`}/*/*.log*`],
    'prospector.scanner': {
      ...(input['prospector.scanner'] as Settings),
      exclude_files: excludedFiles(stack),
      ...(fingerprint ? { fingerprint: { enabled: true, offset: 0, length: fingerprintLength } } : {}),
    },
    // An inode is given to a new file as soon as the old one is deleted, and the new one would be taken for read.
    file_identity: fingerprint ? { fingerprint: null } : { native: null },
    processors: [...podLabels(stack), ...(input['processors'] as readonly unknown[])],
  };
}

/** Regular expressions of paths that are not read. */
function excludedFiles(stack: ResolvedStack): readonly string[] {
  const namespaces = stack.filebeat.excludedNamespaces;
  return [
    // Compressed and half compressed files: their lines were read before.
    String.raw`\.(gz|tmp)$`,
    ownPods(stack),
    ...(namespaces.length === 0 ? [] : [`^${logFolder}/(${namespaces.join('|')})_`]),
  ];
}

/**
 * The stack's own pods, by the names that their controllers give them. A stack that ships its own error logs feeds itself.
 * By path, not by a label that the API server would have to be asked for: this must hold when it is away.
 */
function ownPods(stack: ResolvedStack): string {
  const { name, namespace } = stack.identity;
  const pods = ['es-[-a-z0-9]+-[0-9]+', 'kb-[a-z0-9]+-[a-z0-9]+', 'ls-[0-9]+', 'fb-[a-z0-9]+'];
  return `^${logFolder}/${namespace}_${name}-(${pods.join('|')})_`;
}

/** Adds labels of pods. It must come before the fields of the path: it leaves alone an event that has such fields already. */
function podLabels(stack: ResolvedStack): readonly Settings[] {
  if (!readsPodLabels(stack.images.filebeat.version)) return [];
  return [
    {
      add_kubernetes_metadata: {
        node: '${NODE_NAME}',
        scope: 'node',
        ...(stack.filebeat.collectEverywhere ? {} : { namespace: stack.identity.namespace }),
        default_indexers: { enabled: false },
        default_matchers: { enabled: false },
        indexers: [{ pod_uid: null }],
        matchers: [{ logs_path: { logs_path: `${logFolder}/`, resource_type: 'pod' } }],
        // Pods only: that is all that Filebeat's role allows.
        add_resource_metadata: {
          node: { enabled: false },
          namespace: { enabled: false },
          deployment: false,
          cronjob: false,
        },
      },
    },
  ];
}
