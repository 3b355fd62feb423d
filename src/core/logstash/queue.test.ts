// Tests of what is read from a Logstash pod's answer about its queue: whatever is not said is not taken for empty.
import { describe, expect, it } from 'vitest';
import { queueFigures } from './queue.ts';

type Fields = Record<string, unknown>;

const answerOf = (more: Fields = {}, plugins: Fields = {}): { pipelines: { main: Fields } } => ({
  pipelines: {
    main: {
      hash: 'abc',
      ephemeral_id: 'one',
      events: { in: 0, filtered: 0, out: 0 },
      plugins: {
        inputs: [{ id: 'filebeat', name: 'beats' }],
        codecs: [],
        filters: [{ id: 'drop-copies', name: 'mutate', events: { in: 7, out: 7 } }],
        outputs: [{ id: 'elasticsearch', name: 'elasticsearch', events: { in: 7, out: 7 } }],
        ...plugins,
      },
      queue: { type: 'persisted', events: 3, events_count: 3 },
      dead_letter_queue: { queue_size_in_bytes: 1 },
      ...more,
    },
  },
});

describe('[queue-left-behind] what a pod says of its queue', () => {
  it('[queue-left-behind] counts what is queued, and what workers hold', () => {
    expect(queueFigures(answerOf())).toMatchObject({
      inputs: ['filebeat'],
      unread: 3,
      inFlight: 0,
      deadLetters: false,
    });
    const sending = answerOf({}, { outputs: [{ id: 'elasticsearch', events: { in: 132, out: 7 } }] });
    expect(queueFigures(sending)?.inFlight).toBe(125);
    const filtering = answerOf({}, { filters: [{ id: 'drop-copies', events: { in: 8, out: 7 } }] });
    expect(queueFigures(filtering)?.inFlight).toBe(1);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no JSON object', 'ok'],
    ['no pipeline of that name', { pipelines: {} }],
    ['a pipeline that did not start', { pipelines: { main: { reloads: {}, events: { in: 0 } } } }],
    ['a queue that is not counted yet', answerOf({ queue: { type: 'persisted', events_count: 0 } })],
    ['a queue in memory', answerOf({ queue: { type: 'memory', events: 0, events_count: 0 } })],
    ['a negative count', answerOf({ queue: { type: 'persisted', events: -1, events_count: 0 } })],
    ['no outputs', answerOf({}, { outputs: [] })],
    ['no inputs', answerOf({}, { inputs: undefined })],
    ['no dead letter queue', answerOf({ dead_letter_queue: undefined })],
  ])('[queue-left-behind] %s is no answer', (_name, body) => {
    expect(queueFigures(body)).toBeUndefined();
  });

  it('[queue-left-behind] takes the larger of the two counts', () => {
    expect(queueFigures(answerOf({ queue: { type: 'persisted', events: 0, events_count: 9 } }))?.unread).toBe(9);
    expect(queueFigures(answerOf({ queue: { type: 'persisted', events: 9, events_count: 0 } }))?.unread).toBe(9);
  });

  it('tells dead letters from an empty file of them', () => {
    expect(queueFigures(answerOf({ dead_letter_queue: { queue_size_in_bytes: 2 } }))?.deadLetters).toBe(true);
  });

  it.each<[string, Fields, Fields]>([
    ['a new start', { ephemeral_id: 'two' }, {}],
    ['another pipeline', { hash: 'def' }, {}],
    ['one event less', { queue: { type: 'persisted', events: 2, events_count: 2 } }, {}],
    ['one event more that was sent', {}, { outputs: [{ id: 'elasticsearch', events: { in: 8, out: 8 } }] }],
  ])('says something else after %s', (_name, more, plugins) => {
    expect(queueFigures(answerOf(more, plugins))?.fingerprint).not.toBe(queueFigures(answerOf())?.fingerprint);
    expect(queueFigures(answerOf())?.fingerprint).toBe(queueFigures(answerOf())?.fingerprint);
  });
});
