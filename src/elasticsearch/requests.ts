// What requests to Elasticsearch have in common: how long Elasticsearch itself may take. All of it is shorter than the client waits, so that its own word on what went wrong arrives.

/** How long it may look for a master before it answers that there is none. */
export const masterTimeout = '3s';

/** How long it may wait for its nodes: those that have not answered by then are named as failed. */
export const nodesTimeout = '5s';
