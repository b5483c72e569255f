# The same as playbook.yml for `puppet apply` on the host itself; entities of the broker by the management API, since rabbitmqctl takes a second each.
package { 'rabbitmq-server': ensure => installed }
user { $unit: ensure => present, system => true, home => $home, managehome => false, shell => $shell }
$directories.each |$d| { file { $d['path']: ensure => directory, mode => $d['mode'], owner => $d['owner'], group => $d['group'] } }
$files.each |$f| { file { $f['path']: ensure => file, source => $f['source'], mode => $f['mode'], owner => $f['owner'], group => $f['group'], show_diff => false } }
service { $unit: ensure => running, enable => true }
$api_checks.each |$c| { exec { $c['name']: command => '/bin/false', unless => "/usr/bin/curl -sf -K ${c['config']} -o /dev/null" } }
