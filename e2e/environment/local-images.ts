// The images that a local node runs, and the operator's image table for them: which component is in which, at which real version.
import { type ImageName, imageReference } from '../images/catalog.ts';

/** Built and put on every local node. */
const names = [
  'elasticsearch-9.4.3',
  'filebeat',
  'logstash-9.4.3',
  'kibana-9.4.3',
  'log-writer',
  'operator',
] as const satisfies readonly ImageName[];

/** The image of a component in every version that there is. */
const everyVersion = (component: 'elasticsearch' | 'kibana' | 'logstash') => ({
  default: { image: imageReference(`${component}-9.4.3`).replace('9.4.3', '{version}') },
});

export const localImages = {
  names,
  logWriter: imageReference('log-writer'),
  operator: imageReference('operator'),
  /** `images` of the operator's configuration. Newer versions of Filebeat cannot be had here: one old real one serves all stacks. */
  table: {
    elasticsearch: everyVersion('elasticsearch'),
    kibana: everyVersion('kibana'),
    logstash: everyVersion('logstash'),
    filebeat: { default: { image: imageReference('filebeat'), version: '7.17.29' } },
  },
};
