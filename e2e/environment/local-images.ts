// The images that a local node runs, and the operator's image table for them: which component is in which, at which real version.
import { type ImageName, imageReference } from '../images/catalog.ts';

/** Stack versions whose images can be built. */
export type LocalVersion = '9.4.3' | '8.19.8';

/** What a local node needs for stacks of these versions. */
const namesFor = (versions: readonly LocalVersion[]): readonly ImageName[] => [
  ...versions.flatMap((version) => [`elasticsearch-${version}`, `logstash-${version}`, `kibana-${version}`] as const),
  'filebeat',
  'log-writer',
  'operator',
];

/** The image of a component in every version that there is. */
const everyVersion = (component: 'elasticsearch' | 'kibana' | 'logstash') => ({
  default: { image: imageReference(`${component}-9.4.3`).replace('9.4.3', '{version}') },
});

export const localImages = {
  namesFor,
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
