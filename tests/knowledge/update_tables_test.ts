/** The tables about how updates are kept away. */
import assert from "node:assert/strict";
import {
  findUpdateHost,
  PROXY_SETTINGS,
  UPDATE_HOSTS,
  UPDATE_POLICIES,
} from "../../src/knowledge/mod.ts";

Deno.test("every row of the tables of update settings names a public source", () => {
  for (const row of [...UPDATE_POLICIES, ...UPDATE_HOSTS, ...PROXY_SETTINGS]) {
    assert.ok(row.source.length > 5, JSON.stringify(row));
  }
});

Deno.test("UPDATE_POLICIES has unique ids and places, and every need is a row", () => {
  const ids = UPDATE_POLICIES.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const places = UPDATE_POLICIES.map(({ key, name }) => `${key}\\${name}`.toUpperCase());
  assert.equal(new Set(places).size, places.length);
  for (const row of UPDATE_POLICIES) {
    assert.match(row.id, /^[a-z]+(?:-[a-z]+)*$/);
    assert.match(row.meaning, /^[A-Z].*[^.]$/);
    if (row.needs === undefined) continue;
    const needed = UPDATE_POLICIES.find(({ id }) => id === row.needs);
    assert.ok(needed !== undefined && needed.needs === undefined, `${row.id} needs ${row.needs}`);
  }
});

Deno.test("what is decided on purpose is what switches updates off or sends them elsewhere", () => {
  const names = UPDATE_POLICIES.filter(({ onPurpose }) => onPurpose).map(({ name }) => name);
  assert.deepEqual(names, [
    "DisableWindowsUpdateAccess",
    "SetDisableUXWUAccess",
    "NoAutoUpdate",
    "UseWUServer",
    "DoNotConnectToWindowsUpdateInternetLocations",
  ]);
});

Deno.test("findUpdateHost() finds a host and the names below it, in any case", () => {
  for (
    const name of [
      "windowsupdate.com",
      "WindowsUpdate.Com.",
      "ctldl.windowsupdate.com",
      "fe3.delivery.mp.microsoft.com",
      "fe2.update.microsoft.com",
      "ocsp.digicert.com",
      "kv801.prod.do.dsp.mp.microsoft.com",
    ]
  ) {
    assert.ok(findUpdateHost(name), name);
  }
});

Deno.test("findUpdateHost() takes no other host for one", () => {
  for (
    const name of [
      "",
      ".",
      "com",
      "microsoft.com",
      "notwindowsupdate.com",
      "windowsupdate.com.example",
      "windowsupdate-com.example",
      "statsfe2.update.microsoft.com",
      "vortex.data.microsoft.com",
      "digicert.com",
    ]
  ) {
    assert.equal(findUpdateHost(name), undefined, name);
  }
});
