# SPDX-License-Identifier: Apache-2.0
"""JSON Schemas for tests/oracle/patch-record: those of ../shared/schemas where they are, and written here from the specifications what has none there:
in-toto Statement v1 and SLSA provenance v1 (in-toto/attestation spec/v1, slsa.dev/spec/v1.0/provenance), and DSSE's envelope."""
import json, jsonschema, warnings

warnings.simplefilter('ignore', DeprecationWarning)

HEX = {'type': 'object', 'properties': {'sha256': {'type': 'string', 'pattern': '^[0-9a-f]{64}$'}}, 'required': ['sha256'], 'additionalProperties': False}
RESOURCE = {'type': 'object', 'minProperties': 1, 'additionalProperties': False,
            'properties': {'name': {'type': 'string'}, 'uri': {'type': 'string', 'pattern': '^[a-z][a-z0-9+.-]*:'}, 'digest': HEX, 'content': {'type': 'string'},
                           'downloadLocation': {'type': 'string'}, 'mediaType': {'type': 'string', 'pattern': '^[a-z]+/'}, 'annotations': {'type': 'object'}},
            'anyOf': [{'required': ['uri']}, {'required': ['digest']}, {'required': ['content']}]}
TIME = {'type': 'string', 'pattern': r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$'}
PREDICATE = {
    'type': 'object', 'required': ['buildDefinition', 'runDetails'], 'additionalProperties': False, 'properties': {
        'buildDefinition': {'type': 'object', 'required': ['buildType', 'externalParameters'], 'additionalProperties': False, 'properties': {
            'buildType': {'type': 'string', 'pattern': '^[a-z]+:'}, 'externalParameters': {'type': 'object'}, 'internalParameters': {'type': 'object'},
            'resolvedDependencies': {'type': 'array', 'items': RESOURCE}}},
        'runDetails': {'type': 'object', 'required': ['builder'], 'additionalProperties': False, 'properties': {
            'builder': {'type': 'object', 'required': ['id'], 'additionalProperties': False, 'properties': {
                'id': {'type': 'string', 'pattern': '^[a-z]+:'}, 'version': {'type': 'object', 'additionalProperties': {'type': 'string'}}, 'builderDependencies': {'type': 'array', 'items': RESOURCE}}},
            'metadata': {'type': 'object', 'additionalProperties': False, 'properties': {'invocationId': {'type': 'string'}, 'startedOn': TIME, 'finishedOn': TIME}},
            'byproducts': {'type': 'array', 'items': RESOURCE}}}}}
PROVENANCE = {
    'type': 'object', 'required': ['_type', 'subject', 'predicateType', 'predicate'], 'additionalProperties': False, 'properties': {
        '_type': {'const': 'https://in-toto.io/Statement/v1'}, 'predicateType': {'const': 'https://slsa.dev/provenance/v1'}, 'predicate': PREDICATE,
        'subject': {'type': 'array', 'minItems': 1, 'items': {**RESOURCE, 'required': ['digest']}}}}
ENVELOPE = {
    'type': 'object', 'required': ['payload', 'payloadType', 'signatures'], 'additionalProperties': False, 'properties': {
        'payloadType': {'type': 'string'}, 'payload': {'type': 'string', 'pattern': '^[A-Za-z0-9+/]+=*$'},
        'signatures': {'type': 'array', 'minItems': 1, 'items': {'type': 'object', 'required': ['sig'], 'additionalProperties': False, 'properties': {
            'keyid': {'type': 'string'}, 'sig': {'type': 'string', 'pattern': '^[A-Za-z0-9+/]+=*$'}}}}}}


def check(schema, document):
    """What is wrong, or ''."""
    try:
        jsonschema.validate(document, schema)
    except jsonschema.ValidationError as error:
        return f'{list(error.absolute_path)}: {error.message[:300]}'
    return ''


def check_shared(folder, name, document):
    """The same with FOLDER/NAME; 'absent': it is not at hand."""
    if not (folder / name).exists():
        return 'absent'
    prefix = name.split('-')[0] + '-' if name.startswith(('oci-', 'cyclonedx-')) else ''

    class Local(jsonschema.RefResolver):  # they name each other by addresses nobody has to reach
        def resolve_remote(self, uri):
            return json.loads((folder / (prefix + uri.rsplit('/', 1)[-1])).read_bytes())

    schema = json.loads((folder / name).read_bytes())
    resolver = Local(schema.get('$id', schema.get('id', '')), schema)
    error = next(iter(jsonschema.validators.validator_for(schema)(schema, resolver=resolver).iter_errors(document)), None)
    return f'{list(error.absolute_path)}: {error.message[:300]}' if error else ''
