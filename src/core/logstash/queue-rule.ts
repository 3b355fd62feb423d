// The rule QueueLeftBehind: logs in the queue of a Logstash pod that leaves are sent first, or stay on their volume by name.
import { describeRule, type Refusal } from '../refusal.ts';
import type { ResolvedStack } from '../stack.ts';
import type { QueueFigures } from './queue.ts';

export const queueLeftBehindRule = describeRule({
  name: 'QueueLeftBehind',
  liftable: 'override',
  reason:
    'Logs that Logstash took in and Elasticsearch does not have yet are in the queue of one pod only. A pod that leaves takes in no more logs and sends what it has; it goes when it says twice that nothing is left. Its volume is deleted only then.',
  remedy:
    'Let Elasticsearch answer again, or raise spec.logstash.replicas. An override for the pod lets it go: its volume stays with the logs. An override for the volume gives up what is on it.',
});

/** The first takes as long as a kubelet may take to hand on a ConfigMap, the second is a round of retries of Logstash. */
const closingSeconds = 180;
const stuckSeconds = 90;

interface Leaving {
  readonly name: string;
  readonly figures: QueueFigures | undefined;
  /** Whether it takes in no more logs. */
  readonly closed: boolean;
  readonly unchangedSeconds: number;
}

/** What a leaving pod waits for, and, once that no longer looks like passing by itself, the reason to refuse. */
export function stuckQueue({ name, figures, closed, unchangedSeconds }: Leaving): {
  readonly waiting: string;
  readonly reason: string | undefined;
} {
  const after = (seconds: number, reason: string) => (unchangedSeconds >= seconds ? reason : undefined);
  if (figures === undefined) {
    const reason = `Pod ${name} does not say how many events its queue holds`;
    return { waiting: `${reason}.`, reason: after(stuckSeconds, reason) };
  }
  if (!closed) {
    const waiting = `Pod ${name} leaves: it is about to take in no more logs.`;
    return { waiting, reason: after(closingSeconds, `Pod ${name} does not stop taking in logs`) };
  }
  const events = about(figures.unread + figures.inFlight);
  const reason = `Pod ${name} still holds ${events} events and sends none`;
  return { waiting: `Pod ${name} leaves: it sends ${events} events.`, reason: after(stuckSeconds, reason) };
}

/** One digit says enough, and does not change with every look. */
function about(events: number): string {
  if (events < 10) return 'a few';
  const unit = 10 ** Math.floor(Math.log10(events));
  return `about ${(Math.floor(events / unit) * unit).toLocaleString('en-US')}`;
}

/** A pod that is to leave and stays. */
export const queueLeftBehind = (stack: ResolvedStack, pod: string, claim: string, reason: string): Refusal => ({
  rule: queueLeftBehindRule.name,
  subject: `Pod/${pod}`,
  message: `${reason}: it stays until they are sent.`,
  remedy: `Make sure that Elasticsearch answers and takes documents, or set spec.logstash.replicas above ${stack.logstash.replicas}. An override for Pod/${pod} lets it go; the claim ${claim} keeps the logs then.`,
});

/** A volume whose pod is gone, and whose queue was not seen empty. */
export function volumeLeftBehind(
  { logstash }: ResolvedStack,
  claim: string,
  ordinal: number,
  mark: string | undefined,
): Refusal {
  const subject = `PersistentVolumeClaim/${claim}`;
  const rule = queueLeftBehindRule.name;
  const consent = `delete the claim, or override this rule for ${subject}`;
  if (mark === 'dead-letters')
    return {
      rule,
      subject,
      message: `The volume of a Logstash pod that is gone is kept: its queue is empty, but it holds events that Elasticsearch refused (dead letters).`,
      remedy: `Copy its dead_letter_queue if you need these events; then ${consent}.`,
    };
  return {
    rule,
    subject,
    message: `The volume of a Logstash pod that is gone is kept: its queue was not seen empty, and may hold logs that Elasticsearch does not have.`,
    remedy: `Raise spec.logstash.replicas from ${logstash.replicas} to ${ordinal + 1} to have them sent. If nobody needs them, ${consent}.`,
  };
}
