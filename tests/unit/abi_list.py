# SPDX-License-Identifier: GPL-2.0-only
"""Lists every constant, type and field of include/xen, for abi_table.c.

usage: abi_list.py CC INCLUDE_DIR > abi-list.inc

What the headers define is taken from the preprocessor, so nothing can be forgotten: a macro that
takes arguments must have a sample call in SAMPLES, or the list is not made.
"""
import os
import re
import subprocess
import sys

SAMPLES = {
    'XENMEMF_address_bits': '7', 'XENMEMF_get_address_bits': '0x12345', 'XENMEMF_node': '3',
    'XENMEMF_get_node': '0x12345', 'XENMEMF_exact_node': '5', 'XEN_DOMCTL_GRANT_version': '0x12',
    'XEN_CPUID_LEAF': '3', 'xen_pfn_to_cr3': '0x1234567', 'xen_cr3_to_pfn': '0x123456789',
    'xen_vcpu_physid_to_x86_apicid': '0x123456789abUL', 'MASK_XENSTORE_IDX': '4097U',
    'xen_vcpu_physid_to_x86_acpiid': '0x123456789abUL', '__RD32': '0x123456',
    'TRC_PV_HYPERCALL_V2_ARG_32': '3', 'TRC_PV_HYPERCALL_V2_ARG_64': '2', 'TRC_HD_TO_EVENT': '0xb0021011',
    'TRC_HD_INCLUDES_CYCLE_COUNT': '0xb0021011', 'TRC_HD_EXTRA': '0xb0021011U',
    'MASK_XENCONS_IDX': '4097U, ((struct xencons_interface *)0)->out',
}
# Statement macros, type makers and those that need an object of the caller's.
NO_VALUE = re.compile(r'(_+(DEFINE_|DECL_)?|DEFINE_|XEN_)?XEN_GUEST_HANDLE|GUEST_HANDLE_\w+$|'
                      r'[sg]et_xen_guest_handle|TI_[GS]ET_|__RD(2|4|8|16)$|RING|DEFINE_RING|'
                      r'XSD_ERROR_NAMES|__DECL_REG|FRONT_RING|BACK_RING|SHARED_RING|__(CONST_)?RING_SIZE')
# Objects that are not integers.
STRINGS = re.compile(r'PRI_xen_|XS_WRITE_(NONE|CREATE)|XEN_EMULATE_PREFIX$|XEN_CPUID$')
OBJECTS = re.compile(r'GNTTABOP_error_msgs$|XEN_\w+_H$|machine_to_phys_mapping$')


def headers(inc):
    for folder, _, names in sorted(os.walk(os.path.join(inc, 'xen'))):
        for name in sorted(names):
            if name.endswith('.h') and name != 'arch-x86_64.h':
                yield os.path.relpath(os.path.join(folder, name), inc)


def preprocess(cc, inc):
    """Lines of our own headers only, conditionals resolved, #defines kept."""
    source = '#include <xen/xen.h>\n' + ''.join(f'#include <{h}>\n' for h in headers(inc))
    out = subprocess.run([cc, '-E', '-dD', '-I', inc, '-x', 'c', '-'], input=source, text=True,
                         stdout=subprocess.PIPE, check=True).stdout
    here, mine = '', os.path.join(inc, 'xen') + os.sep
    for line in out.split('\n'):
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            here = marker.group(1)
        elif here.startswith(mine):
            yield line


def split(lines):
    macros, code = {}, []
    for line in lines:
        macro = re.match(r'#define (\w+)(\(\w)?\s*(.*)', line)
        undef = re.match(r'#undef (\w+)', line)
        if macro:
            macros[macro.group(1)] = (bool(macro.group(2)), macro.group(3))
        elif undef:
            macros.pop(undef.group(1), None)
        elif not line.startswith('#'):
            code.append(line)
    return macros, re.sub(r'\s+', ' ', ' '.join(code))


def close_of(text, start):
    depth = 0
    for i in range(start, len(text)):
        depth += {'{': 1, '}': -1}.get(text[i], 0)
        if depth == 0:
            return i
    raise SystemExit('abi_list: unbalanced braces')


def fields(body, prefix=''):
    """(path, measurable) of each member; unnamed members are looked through."""
    pos = 0
    while pos < len(body):
        end = body.find(';', pos)
        if end < 0:
            return
        brace = body.find('{', pos, end)
        if brace < 0:
            member = body[pos:end]
        else:
            close = close_of(body, brace)
            end = body.find(';', close)
            member = body[close + 1:end]
            names = [n.strip() for n in member.split(',') if n.strip()]
            for name in names or ['']:
                yield from fields(body[brace + 1:close], prefix + (name + '.' if name else ''))
            if not names:
                pos = end + 1
                continue
        for part in member.split(','):
            bits = ':' in part
            name = re.search(r'(\w+)\s*((\[[^\]]*\]\s*)*)(:\s*\d+\s*)?$', part.strip())
            if name and not bits:
                yield prefix + name.group(1), not re.search(r'\[\s*\]', part)
        pos = end + 1


def records(code):
    for m in re.finditer(r'(?:(typedef) )?(struct|union|enum)( \w+)? \{', code):
        before = code[:m.start()]
        if before.count('{') != before.count('}'):
            continue
        close = close_of(code, m.end() - 1)
        body = code[m.end():close]
        if m.group(2) == 'enum':
            for name in re.findall(r'(\w+)\s*(?:=[^,]*)?(?:,|$)', body.strip()):
                yield 'CONST', name, None
            continue
        alias = re.match(r'\s*(\w+)', code[close + 1:])
        name = m.group(2) + m.group(3) if m.group(3) else alias.group(1)
        yield 'SIZE', name, None
        if name.startswith('__guest_handle_'):
            continue
        for path, sized in fields(body):
            yield ('FIELD' if sized else 'OFFSET'), name, path
    for name in re.findall(r'typedef (?:[\w ]+ )(\w+)(?:\[\d+\])?;', code):
        yield 'SIZE', name, None


def main():
    cc, inc = sys.argv[1:]
    macros, code = split(preprocess(cc, inc))
    lines, bad = set(), []
    for name, (takes_args, body) in macros.items():
        if takes_args and name in SAMPLES:
            lines.add(f'VALUE({name}({SAMPLES[name]}))')
        elif NO_VALUE.match(name) or OBJECTS.match(name) or not body:
            continue
        elif takes_args:
            bad.append(name)
        elif STRINGS.match(name):
            lines.add(f'STRING({name})')
        else:
            lines.add(f'VALUE({name})')
    if bad:
        raise SystemExit(f'abi_list: no sample call for {", ".join(bad)}')
    for kind, name, path in records(code):
        if kind == 'CONST':
            lines.add(f'VALUE({name})')
        elif kind == 'SIZE':
            lines.add(f'SIZE({name})')
        else:
            lines.add(f'{kind}({name}, {path})')
    print('\n'.join(sorted(lines)))


main()
