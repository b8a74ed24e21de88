// Small checks for the cases.
'use strict';

const { setTimeout: sleep } = require('node:timers/promises');

const FILL = '0123456789'.repeat(18);

function check(holds, what) {
  if (!holds) throw new Error(what);
}

function equal(wanted, found, what) {
  check(Object.is(wanted, found), `${what}: wanted ${wanted}, found ${found}`);
}

// Waits for something that others bring about.
async function until(what, done) {
  for (const end = Date.now() + 45_000; !(await done());) {
    check(Date.now() < end, `never: ${what}`);
    await sleep(20);
  }
}

const value = (i) => `value-${String(i).padStart(5, '0')}-${FILL}`;

module.exports = { check, equal, until, value, FILL };
