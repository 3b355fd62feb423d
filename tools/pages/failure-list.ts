// Failures that users of other operators met, what must hold here instead, and at which levels a test must show it.

/** P: a part by itself, mostly of the planner. S: the planner on the simulator. I: a real API server. E: a real node with real Elasticsearch. */
export type Level = 'P' | 'S' | 'I' | 'E';

export interface Failure {
  /** Stands in the titles of the tests that prove it. */
  readonly id: string;
  readonly happened: string;
  readonly holds: string;
  readonly levels: readonly Level[];
}

const failure = (id: string, levels: string, happened: string, holds: string): Failure => ({
  id,
  happened,
  holds,
  levels: levels.split('') as Level[],
});

/** Sources: issues of the operators of Zalando (Z), OpenSearch (OS), OpenShift (OE), Elastic (ECK) and others, by number. */
export const failures: readonly Failure[] = [
  failure(
    'drain-fails-open',
    'PSE',
    'An error from the shard listing counted as "drained", and the pod was deleted (OS #1447, Z).',
    'An error, a timeout or half an answer never authorises a removal.',
  ),
  failure(
    'drain-stale',
    'PSE',
    'Of three nodes that left, the later ones skipped the drain (OS #961).',
    'Each leaving node is shown empty by a fresh look before it goes.',
  ),
  failure(
    'drain-orphans',
    'PS',
    'A status COMPLETE alone was trusted (ECK).',
    'Routing table and the node itself must agree; a shard on no node whose last copy may be there holds the removal, an unrelated yellow index does not.',
  ),
  failure(
    'drain-impossible',
    'PSE',
    'A drain could never end, and then the user scaled up again (Z #128, #404).',
    'Impossible drains are named before they start; taking the edit back clears the exclusion.',
  ),
  failure(
    'upgrade-restarts-leaving',
    'PS',
    'A rolling upgrade restarted a pod that was being drained (ECK #9732).',
    'A leaving pod is never restarted.',
  ),
  failure(
    'never-joined',
    'PSE',
    'A node that never joined could not be scaled down (ECK #7905).',
    'It goes at once when it is no member and holds no data.',
  ),
  failure(
    'too-many-drains',
    'PS',
    'From 15 nodes to 9, six were drained at once (ECK #8195).',
    'A budget bounds the drains, 1 unless the spec says more.',
  ),
  failure(
    'disk-precheck',
    'PSE',
    'Nobody looks at the disks first.',
    'What the nodes that stay cannot hold is refused, with the figures.',
  ),
  failure(
    'replicas-precheck',
    'PSE',
    'Too many copies for the nodes that stay block for ever (OE, ECK).',
    'Copies are lowered first by policy, or the refusal says which index.',
  ),
  failure(
    'masters-3-1-3',
    'PSE',
    'No voting exclusions: the quorum was lost (OS #1448).',
    'A master can be elected throughout; exclusions are cleared afterwards.',
  ),
  failure(
    'single-master-roll',
    'PSE',
    'The only master was never restarted (OS #1449).',
    'A stack of one node applies changes of its config.',
  ),
  failure(
    'all-masters-gone',
    'IE',
    'Pods that start in order waited for each other (OS #289, #730, #1182).',
    'It recovers by itself.',
  ),
  failure(
    'destructive-self-heal',
    'PS',
    'A blip of readiness deleted every StatefulSet (OS #1455).',
    'Not ready alone never deletes anything.',
  ),
  failure(
    'second-cluster',
    'PSE',
    'Made again over kept volumes, it bootstrapped anew (OS #1573, #419).',
    'The same cluster_uuid and no second bootstrap, or a clear refusal.',
  ),
  failure(
    'bad-config-roll',
    'PSE',
    'A bad config crashed, and the good one was not rolled out (OS #604).',
    'A pod that is no member may be replaced without waiting; one pod only ever takes the bad config.',
  ),
  failure(
    'killed-mid-restart',
    'PSE',
    'Allocation stayed at "primaries" after the operator died (OS #400, #524).',
    'What was set is marked and put back at the first look; a value of the user survives.',
  ),
  failure(
    'two-pools-stale-cache',
    'PSI',
    'Two pods were down at once (OS #738, #464, #1471, ECK #5274).',
    'No action on an observation older than our own last write; at most the budget is down.',
  ),
  failure(
    'rejoin-before-next',
    'PSE',
    'The next pod went before the last was back (ECK #5449).',
    'The next pod waits for membership and recovery of the last.',
  ),
  failure(
    'upgrade-yellow',
    'PSE',
    'Upgrades stalled on primaries of the new version (ECK #8654).',
    'It goes on when provably safe, and says what it waits for.',
  ),
  failure(
    'expand-volume',
    'PSI',
    'A resize was blocked when full, or stranded half-done (OS #977, ECK #3757).',
    'It goes on at flood stage; a claim that was left behind grows later; a smaller size is refused.',
  ),
  failure(
    'policy-rewritten',
    'IE',
    'The same policy was written every 30 s (OS #1413).',
    'An unchanged spec writes nothing to Kubernetes and Elasticsearch.',
  ),
  failure(
    'finalizer-wedge',
    'IE',
    'Deleting a namespace hung with Elasticsearch unreachable (OS #976).',
    'The deletion ends, or says why not and until when.',
  ),
  failure(
    'index-vanishes',
    'PS',
    'An index deleted in the middle stopped the rest (Z #51, #121).',
    'It is skipped, and the rest goes on.',
  ),
  failure(
    'operator-upgrade-rolls',
    'I',
    'A new version of the operator restarted pods (ECK #7359, #6765, OS #1580).',
    'A new version of the operator restarts no pod by itself.',
  ),
  failure('hot-loop', 'I', 'An operator was fed by its own writes (ECK #8812).', 'At rest it looks at nothing anew.'),
  failure(
    'slow-neighbour',
    'I',
    'Ten stacks, ten minutes for each pod (ECK #7835).',
    'A stack that is stuck delays no other.',
  ),
  failure(
    'queue-left-behind',
    'PSE',
    'Scaled in, Logstash left its queue behind (logstash #14985, #12966).',
    'The queue is sent before pod and claim go.',
  ),
  failure(
    'tier-removal',
    'PSE',
    "Excluded nodes still count as their tier: the drain of a tier's last nodes never ends.",
    'Indices prefer another tier first, and come back when the edit is taken back.',
  ),
  failure(
    'evicted-early',
    'SI',
    'An evicted pod came back on the new template before its turn.',
    'Masters stay last; one pod at most takes a bad config.',
  ),
  failure(
    'transport-takeover',
    'E',
    'Any certificate of the one authority could join as a node.',
    "Filebeat's certificate is refused on the transport port.",
  ),
  failure('red-elsewhere', 'PS', 'One index that is red for ever blocked everything.', 'Unrelated work goes on.'),
  failure(
    'zero-replica-roll',
    'PSE',
    'An index without copies turned red at each restart.',
    'It is refused by name, unless somebody consents.',
  ),
  failure(
    'kubectl-drain',
    'IE',
    'A person drains a Kubernetes node during a roll.',
    'One shared budget; the disruption budget never blocks for ever.',
  ),
  failure(
    'dead-node-local-volume',
    'PSI',
    'A pod is pending for ever on a volume that died.',
    'It is replaced when each of its shards has another copy.',
  ),
  failure(
    'redundancy-tier',
    'PS',
    'Copies by policy are more than a small tier can hold: yellow for ever.',
    'Copies of a tier are at most its nodes less one.',
  ),
  failure('shard-limit', 'PE', 'At 1,000 shards a node the rollover fails.', 'It is checked before nodes leave.'),
  failure('feedback-loop', 'E', 'The stack shipped its own error logs.', 'Its own pods are left out.'),
  failure(
    'registry-collision',
    'I',
    'Two stacks of one name in two namespaces shared a registry of Filebeat.',
    'It is kept by namespace, name and uid.',
  ),
  failure(
    'foreign-object',
    'I',
    "An object of the operator's name belongs to somebody else.",
    'It is refused by name and stays untouched.',
  ),
  failure(
    'secret-regenerated',
    'I',
    'A Secret lost its label, left the cache and was made anew.',
    'It is never overwritten.',
  ),
  failure(
    'scale-path-absent',
    'I',
    'kubectl scale failed on a manifest without the pool.',
    'The path is always there.',
  ),
];
