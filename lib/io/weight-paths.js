'use strict';

const path = require('node:path');
const { badModel, kindOf } = require('./errors.js');

const OP = 'loadModel';

/**
 * Says how a path of a manifest would leave the model's folder. Manifests come with models from
 * anywhere, so a path in one must not make us read other files of the machine.
 *
 * @param {string} name
 * @returns {string | undefined} Undefined where, symbolic links apart, it stays inside.
 */
function escapeReason(name) {
  if (name.includes('\0')) return 'holds a NUL';
  // A separator on Windows; nowhere else is it of use in a manifest.
  if (name.includes('\\')) return 'holds a backslash';
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) return 'is absolute';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) return 'is a URL';
  const normal = path.posix.normalize(name);
  return normal === '..' || normal.startsWith('../') ? "leaves the model's folder" : undefined;
}

/**
 * The paths that a name in a manifest can mean, best first. As browsers fetch weights by URL, a
 * manifest may hold percent-encoded names.
 *
 * @param {string} name
 * @param {string} where
 * @returns {string[]} Relative paths that stay in the folder.
 */
function formsOf(name, where) {
  const forms = [name];
  try {
    const decoded = decodeURIComponent(name);
    if (decoded !== name) forms.push(decoded);
  } catch {
    // Not percent-encoded, then: the name means itself.
  }
  for (const form of forms) {
    const reason = escapeReason(form);
    if (reason !== undefined) {
      const message = `weight path ${kindOf(name)} ${reason}; expected a file in the model's folder`;
      throw badModel(OP, `${where}: ${message}`);
    }
  }
  return forms;
}

module.exports = { formsOf };
