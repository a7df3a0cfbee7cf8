/* Waits for an embedded explorer to come near the view, then loads the rest. */

export {};
