"""`./dev crash`: kills the real binary under load, again and again, and holds what it left to the
invariants of checks.py. The last line says how it went; exit status 1 after a violation."""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time

from campaign import Campaign, Violation
from faulty_lives import FaultyLives, kinds_of_faults, until_missed
from installation import RUDE


def arguments():
    parser = argparse.ArgumentParser(prog="./dev crash", description=__doc__,
                                     formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000, help="how many; default: 1000")
    parser.add_argument("--seed", type=int, default=None, help="of the choices; default: chance")
    parser.add_argument("--inject", action="store_true", help="also kills and errors by strace")
    parser.add_argument("--keep", action="store_true", help="keep the folder when all went well")
    return parser.parse_args()


def kill(campaign, kills):
    began, shown = time.monotonic(), 0
    while campaign.kills < kills:
        campaign.one_life()
        if campaign.kills // 25 > shown or campaign.kills == kills:
            shown = campaign.kills // 25
            print(f"  {campaign.kills} kills, {campaign.summary()}, "
                  f"{time.monotonic() - began:.0f} s", flush=True)
    campaign.drain()
    print(f"  drained: {campaign.summary()}", flush=True)


def inject(campaign, last):
    lives = FaultyLives(campaign)
    for name, act, faults in kinds_of_faults(lives, last):
        began = time.monotonic()
        struck = until_missed(act, faults)
        campaign.relay.manners = RUDE
        print(f"  {name}: struck {struck} times, {time.monotonic() - began:.0f} s", flush=True)
        campaign.expect(struck > 0, f"fault: {name} never struck")
    campaign.drain()


def main():
    options = arguments()
    seed = random.randrange(10 ** 6) if options.seed is None else options.seed
    folder = tempfile.mkdtemp(prefix="jawort-crash-", dir=os.environ.get("TMPDIR", "/var/tmp"))
    print(f"Killing {options.kills} times, seed {seed}, in {folder}", flush=True)
    try:
        with Campaign(folder, seed) as campaign:
            try:
                if options.inject:
                    inject(campaign, 300)
                kill(campaign, options.kills)
            except Violation:
                campaign.keep_strange_mails()
                raise
    except Violation as violation:
        print(f"VIOLATION: {violation}\n  kept: {folder}")
        return 1
    if options.keep:
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder)
    print("no violation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
