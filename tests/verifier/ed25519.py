"""Ed25519 (RFC 8032 §5.1) by its definition: to verify, and to sign in tests. Not in constant
time."""

import functools
import hashlib

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
ZERO = (0, 1, 1, 0)  # extended homogeneous coordinates


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    w, x, y, z = f - e, h - g, h + g, f + e
    return (w * x % P, y * z % P, x * y % P, w * z % P)


def times(scalar, point):
    result = ZERO
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


@functools.lru_cache(maxsize=None)
def point_of(data):
    """The point of 32 bytes; None where there is none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2 ** 255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
POWERS = [BASE]  # 2^i times the base: half of the work of a verification
for _ in range(255):
    POWERS.append(add(POWERS[-1], POWERS[-1]))


def times_base(scalar):
    result = ZERO
    for i in range(scalar.bit_length()):
        if scalar >> i & 1:
            result = add(result, POWERS[i])
    return result


def bytes_of(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


def verify(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r = point_of(bytes(key)), point_of(bytes(signature[:32]))
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    return same(times_base(s), add(r, times(number(signature[:32], key, message), a)))


def public_key(seed):
    return bytes_of(times_base(secret(seed)[0]))


def secret(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (2 ** 254 - 8) | 2 ** 254
    return scalar, digest[32:]


def sign(seed, message):
    scalar, prefix = secret(seed)
    key = public_key(seed)
    r = number(prefix, message)
    first = bytes_of(times_base(r))
    return first + ((r + number(first, key, message) * scalar) % L).to_bytes(32, "little")
