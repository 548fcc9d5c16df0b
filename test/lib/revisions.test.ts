import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/lib/poll.js';
import { type Revision, type RevisionShelf, Revisions } from '../../src/lib/revisions.js';

const LAG_MS = 120;

/** A shelf whose lists show what it holds only when they are copied, as a storage that is behind does. */
class LaggingShelf implements RevisionShelf {
  held: readonly Revision[] = [];
  listed: readonly Revision[] = [];

  copy(): void {
    this.listed = this.held;
  }

  async list(): Promise<readonly Revision[]> {
    return this.listed;
  }

  async add(_release: string, revision: Revision): Promise<boolean> {
    if (this.held.some(({ number }) => number === revision.number)) return false;
    this.held = [...this.held, revision];
    return true;
  }

  async remove(_release: string, number: number): Promise<void> {
    this.held = this.held.filter(one => one.number !== number);
  }

  command(): string {
    return '';
  }

  debug(): void {}

  get numbers(): readonly number[] {
    return this.held.map(({ number }) => number);
  }
}

const lagging = (shelf: LaggingShelf) => new Revisions(shelf, { clock: systemClock, ms: LAG_MS });
const soon = () => AbortSignal.timeout(5_000);

describe('a record whose lists are behind', () => {
  test('is read by its writer as it wrote it, before anybody can list it', async () => {
    const shelf = new LaggingShelf();
    const records = lagging(shelf);
    await records.create('shop', 'one', soon());
    await records.update('shop', 'two', '1', soon());
    expect(await records.read('shop', soon())).toEqual({ text: 'two', revision: '2' });
  });

  test('of two runs that see nothing yet, only one gets it (P9)', async () => {
    const shelf = new LaggingShelf();
    const [first, second] = [lagging(shelf), lagging(shelf)];
    expect(await first.create('shop', 'first', soon())).toBeDefined();
    expect(await first.update('shop', 'first, on', '1', soon())).toBeDefined();
    expect(await second.create('shop', 'second', soon())).toBeUndefined();
  });

  test('keeps lower revisions until a list shows a higher one, so that nobody can create them anew', async () => {
    const shelf = new LaggingShelf();
    const records = lagging(shelf);
    await records.create('shop', 'one', soon());
    await records.update('shop', 'two', '1', soon());
    expect(shelf.numbers).toEqual([1, 2]);
    shelf.copy();
    await records.update('shop', 'three', '2', soon());
    expect(shelf.numbers).toEqual([2, 3]);
  });

  test('is lost to whoever was silent while another run came further', async () => {
    const shelf = new LaggingShelf();
    const [silent, other] = [lagging(shelf), lagging(shelf)];
    await silent.create('shop', 'one', soon());
    shelf.copy();
    await other.update('shop', 'two', '1', soon());
    shelf.copy();
    expect(await silent.read('shop', soon())).toEqual({ text: 'two', revision: '2' });
    expect(await silent.update('shop', 'mine', '1', soon())).toBeUndefined();
  });

  test('that was removed by somebody counts as gone when a list had the time to show it', async () => {
    const shelf = new LaggingShelf();
    const records = lagging(shelf);
    await records.create('shop', 'one', soon());
    shelf.held = [];
    expect(await records.read('shop', soon())).toBeDefined();
    await new Promise(resolve => setTimeout(resolve, LAG_MS + 20));
    expect(await records.read('shop', soon())).toBeUndefined();
  });

  test('is waited for at the end, until everybody can read what was written last', async () => {
    const shelf = new LaggingShelf();
    const records = lagging(shelf);
    await records.create('shop', 'one', soon());
    let isOver = false;
    const over = records.shown(soon()).then(() => {
      isOver = true;
    });
    await new Promise(resolve => setTimeout(resolve, 30));
    expect(isOver).toBe(false);
    shelf.copy();
    await over;
  });

  test('is not waited for longer than lists may be behind, nor where nothing was written', async () => {
    await lagging(new LaggingShelf()).shown(soon());
    const records = lagging(new LaggingShelf());
    await records.create('shop', 'one', soon());
    const begun = Date.now();
    await records.shown(soon());
    expect(Date.now() - begun).toBeLessThan(LAG_MS + 500);
  });
});

describe('a record whose lists are true at once', () => {
  class Shelf extends LaggingShelf {
    override async list(): Promise<readonly Revision[]> {
      return this.held;
    }
  }

  test('leaves one revision, and removes all of them in the end', async () => {
    const shelf = new Shelf();
    const records = new Revisions(shelf);
    const first = await records.create('shop', 'one', soon());
    const second = await records.update('shop', 'two', first?.revision ?? '', soon());
    expect(shelf.numbers).toEqual([2]);
    await records.remove('shop', second?.revision ?? '', soon());
    expect(shelf.numbers).toEqual([]);
  });

  test('takes back a number that was created anew below a higher one', async () => {
    const shelf = new Shelf();
    const records = new Revisions(shelf);
    shelf.held = [{ number: 7, text: 'of somebody' }];
    expect(await records.create('shop', 'mine', soon())).toBeUndefined();
    expect(shelf.numbers).toEqual([7]);
  });
});
