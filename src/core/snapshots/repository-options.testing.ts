// For tests: all options of repositories and their clients, extracted from github.com/elastic/elasticsearch: the reference (docs/reference/elasticsearch/configuration-reference/{fs,s3,gcs,azure}-repository-settings.md at 29549492b7a0, 05ec294bc69d, 0abbd2fb7d82 and 0abbd2fb7d82) and the settings that S3ClientSettings.java (e43a35317317), GoogleCloudStorageClientSettings.java and AzureStorageSettings.java (0abbd2fb7d82) declare.

interface Options {
  /** The type as `PUT _snapshot/<name>` takes it. */
  readonly type: string;
  /** Settings of a repository. */
  readonly repository: readonly string[];
  /** Settings of a client in elasticsearch.yml: what follows `<type>.client.<name>.`. */
  readonly client: readonly string[];
  /** Those that must be in the keystore: declared as SecureSetting, marked "Secure" in the reference. */
  readonly secure: readonly string[];
}

/** Of every type; those of a blob store in the reference of each. */
const common = ['chunk_size', 'compress', 'max_restore_bytes_per_sec', 'max_snapshot_bytes_per_sec', 'readonly'];

export const options: Readonly<Record<'FileSystem' | 'S3' | 'GCS' | 'Azure', Options>> = {
  FileSystem: { type: 'fs', repository: [...common, 'location', 'max_number_of_snapshots'], client: [], secure: [] },
  S3: {
    type: 's3',
    repository: [
      ...common,
      'base_path',
      'bucket',
      'buffer_size',
      'canned_acl',
      'client',
      'delete_objects_max_size',
      'get_register_retry_delay',
      'max_multipart_parts',
      'max_multipart_upload_cleanup_size',
      'server_side_encryption',
      'storage_class',
      'throttled_delete_retry.delay_increment',
      'throttled_delete_retry.maximum_delay',
      'throttled_delete_retry.maximum_number_of_retries',
    ],
    client: [
      'add_purpose_custom_query_parameter',
      'connection_max_idle_time',
      'disable_chunked_encoding',
      'endpoint',
      'max_connections',
      'max_retries',
      'path_style_access',
      'protocol',
      'proxy.host',
      'proxy.port',
      'proxy.scheme',
      'read_timeout',
      'region',
      'signer_override',
      'use_throttle_retries',
    ],
    secure: ['access_key', 'proxy.password', 'proxy.username', 'secret_key', 'session_token'],
  },
  GCS: {
    type: 'gcs',
    repository: [
      ...common,
      'application_name',
      'base_path',
      'bucket',
      'client',
      'data_storage_class',
      'metadata_storage_class',
    ],
    client: [
      'application_name',
      'connect_timeout',
      'endpoint',
      'max_retries',
      'megabytes_copied_per_chunk',
      'project_id',
      'proxy.host',
      'proxy.port',
      'proxy.type',
      'read_timeout',
      'resumable_upload_threshold',
      'resumable_write_buffer_size',
      'tenacious_retries.enabled',
      'token_uri',
    ],
    secure: ['credentials_file'],
  },
  Azure: {
    type: 'azure',
    repository: [
      ...common,
      'base_path',
      'client',
      'container',
      'data_access_tier',
      'delete_objects_max_size',
      'location_mode',
      'max_concurrent_batch_deletes',
      'max_single_part_upload_size',
      'metadata_access_tier',
    ],
    client: [
      'block_size',
      'endpoint',
      'endpoint_suffix',
      'max_retries',
      'max_single_part_upload_size',
      'proxy.host',
      'proxy.port',
      'proxy.type',
      'read_timeout',
      'secondary_endpoint',
      'timeout',
    ],
    secure: ['account', 'key', 'sas_token'],
  },
};
