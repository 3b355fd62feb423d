// What a Logstash pod tells of its queue: the answer to GET /_node/stats/pipelines/main, judged strictly, so that half an answer is none.
import { z } from 'zod';

export interface QueueFigures {
  /** Ids of the inputs of the pipeline that runs now. */
  readonly inputs: readonly string[];
  /** Events in the queue that no worker has read yet. Logstash renews this figure every five seconds. */
  readonly unread: number;
  /** Events that workers hold: in a filter, or on their way to Elasticsearch without an answer. They are in no other figure. */
  readonly inFlight: number;
  /** Whether events that Elasticsearch refused for good lie on the same volume. */
  readonly deadLetters: boolean;
  /** Another text whenever an event has moved or the pipeline was started again. */
  readonly fingerprint: string;
}

const count = z.number().int().nonnegative();

/** Filters and outputs count events as they come in and as they are done with; one that never saw an event may have no counters. */
const worker = z.object({ events: z.object({ in: count, out: count }).default({ in: 0, out: 0 }) });

const answer = z.object({
  pipelines: z.object({
    main: z.object({
      hash: z.string().optional(),
      ephemeral_id: z.string().optional(),
      plugins: z.object({
        inputs: z.array(z.object({ id: z.string() })),
        filters: z.array(worker),
        outputs: z.array(worker).min(1),
      }),
      // `events_count` is 0 as long as Logstash has not counted; `events` is absent then.
      queue: z.object({ type: z.literal('persisted'), events: count, events_count: count }),
      dead_letter_queue: z.object({ queue_size_in_bytes: count }),
    }),
  }),
});

/** A dead letter queue that never got an event has one file with its version in it: one byte. */
const emptyDeadLetters = 1;

/** The figures, or undefined when the answer lacks any of them. */
export function queueFigures(body: unknown): QueueFigures | undefined {
  const parsed = answer.safeParse(body);
  if (!parsed.success) return undefined;
  const { plugins, queue, dead_letter_queue: dead, hash, ephemeral_id: started } = parsed.data.pipelines.main;
  const workers = [...plugins.filters, ...plugins.outputs].map(({ events }) => events);
  const inputs = plugins.inputs.map(({ id }) => id);
  const unread = Math.max(queue.events, queue.events_count);
  return {
    inputs,
    unread,
    inFlight: workers.reduce((sum, events) => sum + Math.abs(events.in - events.out), 0),
    deadLetters: dead.queue_size_in_bytes > emptyDeadLetters,
    fingerprint: JSON.stringify([hash, started, inputs, unread, workers]),
  };
}
