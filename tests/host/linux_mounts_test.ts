import assert from "node:assert/strict";
import { mountOf, parseMounts, volumeMounts } from "../../src/host/linux_mounts.ts";

const TABLE = `proc /proc proc rw,relatime 0 0
/dev/sda2 / ext4 rw,relatime 0 0
tmpfs /tmp tmpfs rw 0 0
/dev/sdb1 /media/USB\\040STICK vfat rw,uid=1000 0 0
/dev/sda3 /mnt/windows fuseblk ro,user_id=0 0 0
/dev/sda3 /srv/deep/bind/mount fuseblk rw 0 0
/dev/loop3 /snap/core/1 squashfs ro 0 0

broken
`;

Deno.test("parseMounts() reads source, place, type and whether it is read-only", () => {
  const mounts = parseMounts(TABLE);
  assert.equal(mounts.length, 7);
  assert.deepEqual(mounts[3], {
    source: "/dev/sdb1",
    mountPoint: "/media/USB STICK",
    type: "vfat",
    readOnly: false,
  });
  assert.equal(mounts[4]?.readOnly, true);
});

Deno.test("volumeMounts() keeps disks, once each, at their shortest place", () => {
  const found = volumeMounts(parseMounts(TABLE)).map((mount) => mount.mountPoint);
  assert.deepEqual(found, ["/", "/media/USB STICK", "/mnt/windows"]);
});

Deno.test("mountOf() takes the longest mount point above a path", () => {
  const mounts = parseMounts(TABLE);
  const place = (path: string) => mountOf(mounts, path)?.mountPoint;
  assert.equal(place("/mnt/windows/Windows/System32"), "/mnt/windows");
  assert.equal(place("/mnt/windows"), "/mnt/windows");
  assert.equal(place("/mnt/windows.old"), "/");
  assert.equal(place("/tmp/lab"), "/tmp");
  assert.equal(mountOf([], "/tmp"), undefined);
});

Deno.test("mountOf() takes the newest of several mounts at one place", () => {
  const mounts = parseMounts("/dev/a /mnt ext4 rw 0 0\n/dev/b /mnt ntfs3 rw 0 0\n");
  assert.equal(mountOf(mounts, "/mnt/x")?.source, "/dev/b");
});
